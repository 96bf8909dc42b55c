'use strict'

/**
 * Runs on `npm install`: makes sure that there is a native part that loads.
 *
 * If a prebuilt one fits, there is nothing to do. Otherwise this compiles it, with cargo
 * alone, because users do not have our devDependencies. If that is impossible, the
 * installation fails with the reason and what to do: after a silent success, the
 * detector would never find anything.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ROOT, whyNotCompile } = require('./rust')

const LOADER = path.join(ROOT, 'binding.js')

function loads() {
  // In a separate process, because some systems cannot replace a loaded library.
  const probe = `require(${JSON.stringify(LOADER)})`
  return spawnSync(process.execPath, ['-e', probe], { stdio: 'ignore' }).status === 0
}

/** Returns the name of the library that binding.js looks for in its folder. */
function libraryName() {
  const { platform, arch } = process
  if (platform === 'win32') return `seep.win32-${arch}-msvc.node`
  if (platform !== 'linux') return `seep.${platform}-${arch}.node`
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined
  return `seep.linux-${arch}-${isGlibc ? 'gnu' : 'musl'}.node`
}

/** An expected failure, with a message for the user. */
class Failure extends Error {}

function fail(reason) {
  throw new Failure(reason)
}

function explain(reason) {
  console.error(`
seep: there is no prebuilt binary for this platform (${process.platform} ${process.arch}, Node ${process.versions.node}),
and it cannot be compiled here:

  ${reason}
`)
}

/** Compiles in a checkout, with the napi CLI, which also writes the loader. */
function buildCheckout() {
  const npm = process.env.npm_execpath
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []]
  const built = spawnSync(command, [...args, 'run', 'build'], { cwd: ROOT, stdio: 'inherit' })
  if (built.status !== 0) fail('the compilation failed; see the messages above.')
}

/** Compiles in an installed package, with cargo, in a temporary folder. */
function buildPackage() {
  const targetDir = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-build-'))
  try {
    const args = ['build', '--release', '--lib', '--locked', '--target-dir', targetDir]
    const built = spawnSync('cargo', [...args, '--message-format=json-render-diagnostics'], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'inherit']
    })
    if (built.status !== 0) fail('the compilation failed; see the messages above.')
    fs.copyFileSync(builtLibrary(built.stdout), path.join(ROOT, libraryName()))
  } finally {
    fs.rmSync(targetDir, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Returns the path of the library from cargo's messages, because the user's configuration may change it. */
function builtLibrary(messages) {
  for (const line of messages.split('\n')) {
    if (!line.startsWith('{')) continue
    const message = JSON.parse(line)
    if (message.reason !== 'compiler-artifact' || message.target.name !== 'seep') continue
    const library = message.filenames.find((name) => /\.(so|dylib|dll)$/.test(name))
    if (library !== undefined) return library
  }
  return fail('cargo did not report the path of the library.')
}

function isInstalled(name) {
  return fs.existsSync(path.join(ROOT, 'node_modules', name))
}

function main() {
  if (loads()) return
  const reason = whyNotCompile()
  if (reason !== null) fail(reason)
  console.error(
    'seep: there is no prebuilt binary for this platform; compiling with cargo, which takes a minute or two.'
  )
  if (isInstalled('@napi-rs/cli')) buildCheckout()
  else if (fs.existsSync(LOADER)) buildPackage()
  else
    fail('this is a source checkout; run "npm install" in it, including the development packages.')
  if (!loads()) fail('the addon was compiled, but does not load. Please report this.')
}

try {
  main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  explain(error.message)
  process.exitCode = 1
}
