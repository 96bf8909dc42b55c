'use strict'

/** What a person reads when no prebuilt binary fits and Rust is not there, or too old. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { isOlder, requiredRust, whyNotCompile } = require('../scripts/rust')
const { ROOT } = require('./support/program')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-install-'))
after(() => fs.rmSync(folder, { recursive: true }))

/** A package without its library, beside a cargo and a rustc that say they are `version`. */
function install(version) {
  const root = fs.mkdtempSync(path.join(folder, 'package-'))
  fs.mkdirSync(path.join(root, 'scripts'))
  for (const file of ['scripts/install.js', 'scripts/rust.js', 'Cargo.toml']) {
    fs.copyFileSync(path.join(ROOT, file), path.join(root, file))
  }
  const tools = path.join(root, 'tools')
  fs.mkdirSync(tools)
  if (version !== null) {
    for (const name of ['cargo', 'rustc']) {
      fs.writeFileSync(path.join(tools, name), `#!/bin/sh\necho "${name} ${version} (test)"\n`, {
        mode: 0o755
      })
    }
  }
  return spawnSync(process.execPath, [path.join(root, 'scripts', 'install.js')], {
    encoding: 'utf8',
    env: { PATH: tools } // and nothing else: the machine's own Rust must not be found
  })
}

describe('installing without a prebuilt binary', { skip: process.platform === 'win32' }, () => {
  it('says that Rust is missing and how to get it', () => {
    const { status, stderr } = install(null)
    assert.equal(status, 1)
    assert.match(stderr, /no prebuilt binary fits/)
    assert.match(stderr, /Rust is not installed/)
    assert.match(stderr, /rustup\.rs/)
  })

  it('says that Rust is too old, and which would do', () => {
    const { status, stderr } = install('1.70.0')
    assert.equal(status, 1)
    assert.match(stderr, /Rust 1\.70\.0 is too old/)
    assert.ok(stderr.includes(`${requiredRust()} or newer`), stderr)
  })

  it('says so when this is a checkout without its development packages', () => {
    const { status, stderr } = install('1.999.0')
    assert.equal(status, 1)
    assert.match(stderr, /run "npm install" in it/)
  })
})

describe('Rust versions', () => {
  it('are compared by number, not by text', () => {
    assert.equal(isOlder('1.9.0', '1.88'), true)
    assert.equal(isOlder('1.88.0', '1.88'), false)
    assert.equal(isOlder('1.100.0', '1.88'), false)
    assert.equal(isOlder('2.0.0', '1.88'), false)
    assert.equal(isOlder('1.87.1', '1.88.0'), true)
  })

  it('new enough are no obstacle', () => {
    assert.equal(whyNotCompile('1.88.0', '1.88'), null)
  })
})
