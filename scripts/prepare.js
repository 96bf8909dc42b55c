'use strict'

/**
 * Makes a fresh clone ready for `npm run demo` and `npm test`: installs
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

const { devDependencies } = require('../package.json')

/** What compiles the native part. */
const COMPILER = '@napi-rs/cli'

function isMissing(name) {
  return !fs.existsSync(path.join(ROOT, 'node_modules', name, 'package.json'))
}

/**
 * Installs development packages unless those in `names` are there: these alone in a fresh clone, since whoever wants to
 * see the demo should not wait for what the tests need; else all, because npm would remove those that it is not told of.
 */
function install(names) {
  if (!names.some(isMissing)) return
  const isFresh = !fs.existsSync(path.join(ROOT, 'node_modules'))
  const all = Object.keys(devDependencies)
  if (!isFresh || names.length === all.length) {
    console.error(`Installing the development packages (${all.length} and what they need) ...`)
    return npm('install', '--ignore-scripts', '--no-save')
  }
  console.error(`Installing ${names.join(', ')} ...`)
  const versions = names.map((name) => `${name}@${devDependencies[name]}`)
  // npm leaves out development packages as a whole only; nothing of this is saved.
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

/**
 * @param {string[]} [names] the development packages that are needed, beside the compiler; all of them by default
 * @throws never: says what is wrong and ends the process
 */
function prepare(names = Object.keys(devDependencies)) {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) fail(`Node ${process.versions.node} is too old: seep needs Node 20 or newer.`)
  const isStale = nativeIsStale()
  const reason = isStale ? whyNotCompile() : null
  if (reason !== null) fail(`The native part has to be compiled, and cannot be:\n\n  ${reason}`)
  install(isStale ? [...new Set([COMPILER, ...names])] : names)
  if (!isStale) return
  console.error(
    'Compiling the native part (two to four minutes the first time, longer on a busy machine) ...'
  )
  npm('run', 'build')
}

module.exports = { prepare }
