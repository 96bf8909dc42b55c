'use strict'

/** The messages if no prebuilt binary fits and Rust is missing or too old. */

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
function install(version, { hasLoader = false } = {}) {
  const root = fs.mkdtempSync(path.join(folder, 'package-'))
  fs.mkdirSync(path.join(root, 'scripts'))
  for (const file of ['scripts/install.js', 'scripts/rust.js', 'Cargo.toml']) {
    fs.copyFileSync(path.join(ROOT, file), path.join(root, file))
  }
  if (hasLoader) fs.writeFileSync(path.join(root, 'binding.js'), "throw new Error('not built')")
  const [tools, temporary] = ['tools', 'temporary'].map((name) => path.join(root, name))
  fs.mkdirSync(tools)
  fs.mkdirSync(temporary)
  if (version !== null) {
    for (const name of ['cargo', 'rustc']) {
      const script = `#!/bin/sh\n[ "$1" = --version ] || exit 101\necho "${name} ${version} (test)"\n`
      fs.writeFileSync(path.join(tools, name), script, { mode: 0o755 })
    }
  }
  const { status, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'scripts', 'install.js')],
    // Nothing else on the path: the machine's own Rust must not be found.
    { encoding: 'utf8', env: { PATH: tools, TMPDIR: temporary } }
  )
  return { status, stderr, left: fs.readdirSync(temporary) }
}

describe('installing without a prebuilt binary', { skip: process.platform === 'win32' }, () => {
  it('says that Rust is missing and how to get it', () => {
    const { status, stderr } = install(null)
    assert.equal(status, 1)
    assert.match(stderr, /no prebuilt binary for this platform/)
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

  it('says so when the compilation fails, and leaves nothing of it', () => {
    const { status, stderr, left } = install('1.999.0', { hasLoader: true })
    assert.equal(status, 1)
    assert.match(stderr, /the compilation failed/)
    assert.deepEqual(left, [])
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
