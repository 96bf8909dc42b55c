'use strict'

/**
 * Makes a fresh clone ready for `npm run demo` and `npm test`: installs the
 * development packages and compiles the native part, each only when needed.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { ROOT, whyNotCompile } = require('./rust')

function fail(message) {
  console.error(`\n${message}\n`)
  process.exit(1)
}

function npm(...args) {
  const own = process.env.npm_execpath
  const [command, before] = own ? [process.execPath, [own]] : ['npm', []]
  // Its progress goes to stderr: the output proper is what was asked for.
  const run = spawnSync(command, [...before, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (run.status !== 0) fail(`"npm ${args.join(' ')}" failed; its messages are above.`)
}

function packagesAreMissing() {
  const { devDependencies } = require('../package.json')
  return Object.keys(devDependencies).some((name) => {
    return !fs.existsSync(path.join(ROOT, 'node_modules', name, 'package.json'))
  })
}

function newest(folder) {
  let latest = 0
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    latest = Math.max(
      latest,
      fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name)).mtimeMs
    )
  }
  return latest
}

/** The native part is missing, does not load here, or is older than its source. */
function nativeIsStale() {
  const libraries = fs.readdirSync(ROOT).filter((name) => name.endsWith('.node'))
  const probe = spawnSync(process.execPath, ['-e', 'require("./binding.js")'], {
    cwd: ROOT,
    stdio: 'ignore'
  })
  if (libraries.length === 0 || probe.status !== 0) return true
  const built = Math.max(...libraries.map((name) => fs.statSync(path.join(ROOT, name)).mtimeMs))
  const manifests = ['Cargo.toml', 'Cargo.lock', 'build.rs'].map((name) => {
    return fs.statSync(path.join(ROOT, name)).mtimeMs
  })
  return Math.max(newest(path.join(ROOT, 'src')), ...manifests) > built
}

/** @throws never: says what is wrong and ends the process */
function prepare() {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) fail(`Node ${process.versions.node} is too old: seep needs Node 20 or newer.`)
  if (packagesAreMissing()) {
    console.error('Installing the development packages ...')
    npm('install', '--ignore-scripts', '--no-save')
  }
  if (!nativeIsStale()) return
  const reason = whyNotCompile()
  if (reason !== null) fail(`The native part has to be compiled, and cannot be:\n\n  ${reason}`)
  console.error('Compiling the native part (a minute or two the first time) ...')
  npm('run', 'build')
}

module.exports = { prepare }
