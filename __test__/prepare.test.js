'use strict'

/** What `npm run demo` and `npm test` install and compile in a clone, by what they ask of npm. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { devDependencies } = require('../package.json')
const { ROOT } = require('./support/program')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-prepare-'))
after(() => fs.rmSync(folder, { recursive: true }))

/** Stands for npm: writes down what it is asked. */
const NPM = `require('node:fs').appendFileSync('asked', JSON.stringify(process.argv.slice(2)) + '\\n')`

/** A clone with some packages and perhaps a native part; `names` are what is needed of the packages. */
function prepare({ names, packages = [], isBuilt = false, rust = '1.999.0' }) {
  const root = fs.mkdtempSync(path.join(folder, 'clone-'))
  const write = (file, text, options) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
    fs.writeFileSync(path.join(root, file), text, options)
  }
  for (const file of ['src/lib.rs', 'Cargo.lock', 'build.rs']) write(file, '')
  for (const file of ['Cargo.toml', 'package.json', 'scripts/prepare.js', 'scripts/rust.js']) {
    write(file, fs.readFileSync(path.join(ROOT, file)))
  }
  write('npm.js', NPM)
  write('asked', '')
  for (const name of packages) write(`node_modules/${name}/package.json`, '{}')
  for (const name of rust ? ['cargo', 'rustc'] : []) {
    write(`tools/${name}`, `#!/bin/sh\necho "${name} ${rust} (test)"\n`, { mode: 0o755 })
  }
  if (isBuilt) {
    write('binding.js', '')
    write('seep.test.node', '')
  }
  const { status, stderr } = spawnSync(
    process.execPath,
    ['-e', `require('./scripts/prepare').prepare(${names ? JSON.stringify(names) : ''})`],
    {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: path.join(root, 'tools'), npm_execpath: path.join(root, 'npm.js') }
    }
  )
  const asked = fs.readFileSync(path.join(root, 'asked'), 'utf8').trim().split('\n')
  return { status, stderr, asked: asked.filter(Boolean).map((line) => JSON.parse(line)) }
}

const BUILD = ['run', 'build:native']
const EVERYTHING = ['install', '--ignore-scripts', '--no-save']
const DEMO = ['autocannon', 'express']
const all = Object.keys(devDependencies)

/** The packages that an `npm install` names. */
const named = ([, ...args]) => args.filter((argument) => !argument.startsWith('--'))
const pinned = (...names) => names.map((name) => `${name}@${devDependencies[name]}`)

describe('preparing a clone', { skip: process.platform === 'win32' }, () => {
  it('for the demo installs what it runs on and what compiles, in the versions of the tests', () => {
    const { status, stderr, asked } = prepare({ names: DEMO })
    assert.equal(status, 0, stderr)
    const [install, ...rest] = asked
    assert.deepEqual(named(install), pinned('@napi-rs/cli', ...DEMO))
    assert.ok(install.includes('--omit=dev') && install.includes('--no-save'), install.join(' '))
    assert.deepEqual(rest, [BUILD])
    assert.match(stderr, /Installing @napi-rs\/cli, autocannon, express .*\n.*two to four minutes/)
  })

  it('installs no compiler where the native part is there', () => {
    const { asked } = prepare({ names: DEMO, isBuilt: true })
    assert.deepEqual(asked.map(named), [pinned(...DEMO)])
  })

  it('for the tests installs everything, after the demo too', () => {
    assert.deepEqual(prepare({}).asked, [EVERYTHING, BUILD])
    const packages = ['@napi-rs/cli', ...DEMO]
    assert.deepEqual(prepare({ packages, isBuilt: true }).asked, [EVERYTHING])
  })

  it('removes nothing that is installed already', () => {
    assert.deepEqual(prepare({ names: DEMO, packages: ['express'], isBuilt: true }).asked, [
      EVERYTHING
    ])
  })

  it('does nothing where all is there', () => {
    assert.deepEqual(prepare({ packages: all, isBuilt: true }).asked, [])
    assert.deepEqual(prepare({ names: DEMO, packages: DEMO, isBuilt: true }).asked, [])
  })

  it('says that Rust is missing before it installs anything', () => {
    const { status, stderr, asked } = prepare({ names: DEMO, rust: null })
    assert.equal(status, 1)
    assert.match(stderr, /cannot be:\s+Rust is not installed/)
    assert.deepEqual(asked, [])
  })
})
