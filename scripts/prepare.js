'use strict'

/**
 * Prepares a fresh clone for `npm run demo` and `npm test`: installs development packages
 * and compiles the native part, each only if needed.
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
  // npm's output goes to stderr, because stdout is for the output of the command.
  const run = spawnSync(command, [...before, ...args], { cwd: ROOT, stdio: ['ignore', 2, 2] })
  if (run.status !== 0) fail(`"npm ${args.join(' ')}" failed; see the messages above.`)
}

const { devDependencies } = require('../package.json')

/** The package that compiles the native part. */
const COMPILER = '@napi-rs/cli'
/** The package that bundles what `BUNDLES` lists. */
const BUNDLER = 'esbuild'

function isMissing(name) {
  return !fs.existsSync(path.join(ROOT, 'node_modules', name, 'package.json'))
}

/**
 * Installs development packages, unless those in `names` are already there. In a fresh clone, it installs only these, so that
 * the demo does not wait for the packages of the tests. Otherwise it installs all, because npm would remove the others.
 */
function install(names) {
  if (!names.some(isMissing)) return
  const isFresh = !fs.existsSync(path.join(ROOT, 'node_modules'))
  const all = Object.keys(devDependencies)
  if (!isFresh || names.length === all.length) {
    console.error(`Installing the development packages (${all.length} and their dependencies) ...`)
    return npm('install', '--ignore-scripts', '--no-save')
  }
  console.error(`Installing ${names.join(', ')} ...`)
  const versions = names.map((name) => `${name}@${devDependencies[name]}`)
  // npm can only omit all development packages. Nothing of this is saved.
  const alone = ['--omit=dev', '--save-prod', '--no-save', '--loglevel=error']
  npm('install', '--ignore-scripts', ...alone, ...versions)
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

/** Returns whether the native part is missing, does not load, or is older than its source. */
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

/** What is bundled: the page of `seep open`, the libraries of `seep top` and the SDK of `seep mcp`. */
const BUNDLES = [
  ['lib/explorer/client', 'lib/explorer/bundle'],
  ['lib/top/libraries', 'lib/top/bundle'],
  ['lib/mcp/sdk', 'lib/mcp/bundle']
]

/** Returns whether something is not bundled, or is older than its source. */
function bundlesAreStale() {
  return BUNDLES.some((pair) => {
    const [source, bundle] = pair.map((it) => path.join(ROOT, it))
    if (!fs.existsSync(source)) return false
    return !fs.existsSync(bundle) || newest(source) > newest(bundle)
  })
}

/**
 * Installs and compiles what is missing. Never throws: prints the problem and ends the process.
 *
 * @param {string[]} [names] development packages that are needed besides the compiler; all by default
 */
function prepare(names = Object.keys(devDependencies)) {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) fail(`Node ${process.versions.node} is too old: seep needs Node 20 or newer.`)
  const isStale = nativeIsStale()
  const reason = isStale ? whyNotCompile() : null
  if (reason !== null) fail(`The native part must be compiled, but cannot be:\n\n  ${reason}`)
  install(isStale ? [...new Set([COMPILER, ...names])] : names)
  if (isStale) {
    console.error(
      'Compiling the native part (two to four minutes the first time, longer on a busy machine) ...'
    )
    npm('run', 'build:native')
  }
  if (names.includes(BUNDLER) && bundlesAreStale()) npm('run', 'build:page')
}

module.exports = { prepare }
