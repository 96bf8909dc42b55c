'use strict'

/**
 * Runs on `npm install`: makes sure that there is a native part which loads.
 *
 * Where a prebuilt one fits there is nothing to do. Otherwise it is compiled
 * here, with cargo alone, since a user has none of our devDependencies. When
 * that cannot be, the installation fails and says why and what to do: a silent
 * success would be a leak detector that never detects.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ROOT, whyNotCompile } = require('./rust')

const LOADER = path.join(ROOT, 'binding.js')

function loads() {
  // In a process of its own: a library that was loaded cannot be replaced everywhere.
  const probe = `require(${JSON.stringify(LOADER)})`
  return spawnSync(process.execPath, ['-e', probe], { stdio: 'ignore' }).status === 0
}

/** The name under which binding.js looks for a library beside it. */
function libraryName() {
  const { platform, arch } = process
  if (platform === 'win32') return `seep.win32-${arch}-msvc.node`
  if (platform !== 'linux') return `seep.${platform}-${arch}.node`
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined
  return `seep.linux-${arch}-${isGlibc ? 'gnu' : 'musl'}.node`
}

/** Why there will be no native part, for a person. */
class Failure extends Error {}

function fail(reason) {
  throw new Failure(reason)
}

function explain(reason) {
  console.error(`
seep: no prebuilt binary fits this system (${process.platform} ${process.arch}, Node ${process.versions.node}),
and it cannot be compiled here:

  ${reason}
`)
}

/** In a checkout: the napi CLI compiles and also writes the loader. */
function buildCheckout() {
  const npm = process.env.npm_execpath
  const [command, args] = npm ? [process.execPath, [npm]] : ['npm', []]
  const built = spawnSync(command, [...args, 'run', 'build'], { cwd: ROOT, stdio: 'inherit' })
  if (built.status !== 0) fail('the compilation failed; its messages are above.')
}

/** In an installed package: cargo compiles, in a folder that does not stay. */
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
    if (built.status !== 0) fail('the compilation failed; its messages are above.')
    fs.copyFileSync(builtLibrary(built.stdout), path.join(ROOT, libraryName()))
  } finally {
    fs.rmSync(targetDir, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The path of the library, from cargo's messages: a user's configuration may move it. */
function builtLibrary(messages) {
  for (const line of messages.split('\n')) {
    if (!line.startsWith('{')) continue
    const message = JSON.parse(line)
    if (message.reason !== 'compiler-artifact' || message.target.name !== 'seep') continue
    const library = message.filenames.find((name) => /\.(so|dylib|dll)$/.test(name))
    if (library !== undefined) return library
  }
  return fail('cargo did not say where it put the library.')
}

function isInstalled(name) {
  return fs.existsSync(path.join(ROOT, 'node_modules', name))
}

function main() {
  if (loads()) return
  const reason = whyNotCompile()
  if (reason !== null) fail(reason)
  console.error('seep: no prebuilt binary fits; compiling with cargo, which takes a minute or two.')
  if (isInstalled('@napi-rs/cli')) buildCheckout()
  else if (fs.existsSync(LOADER)) buildPackage()
  else fail('this is a source checkout: run "npm install" in it, with the development packages.')
  if (!loads()) fail('it was compiled, but does not load. Please report this.')
}

try {
  main()
} catch (error) {
  if (!(error instanceof Failure)) throw error
  explain(error.message)
  process.exitCode = 1
}
