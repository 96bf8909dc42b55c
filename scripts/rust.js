'use strict'

/** Checks whether this machine can compile seep, and if not, explains what to do. */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const ROOT = path.join(__dirname, '..')

/** Returns the oldest Rust that compiles seep: `rust-version` in Cargo.toml. */
function requiredRust() {
  const manifest = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8')
  return /^rust-version\s*=\s*"([\d.]+)"/m.exec(manifest)[1]
}

/** Returns the version of the compiler that cargo would use, or null if there is none. */
function installedRust() {
  const cargo = spawnSync('cargo', ['--version'], { cwd: ROOT, encoding: 'utf8' })
  const rustc = spawnSync(process.env.RUSTC || 'rustc', ['--version'], {
    cwd: ROOT,
    encoding: 'utf8'
  })
  if (cargo.status !== 0 || rustc.status !== 0) return null
  return /^rustc (\d+\.\d+(?:\.\d+)?)/.exec(rustc.stdout)?.[1] ?? null
}

function isOlder(version, required) {
  const [a, b] = [version, required].map((text) => text.split('.').map(Number))
  for (let i = 0; i < b.length; i++) {
    if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) < b[i]
  }
  return false
}

/** Returns why seep cannot be compiled here, as text for the user, or null. */
function whyNotCompile(installed = installedRust(), required = requiredRust()) {
  if (installed === null) {
    return `Rust is not installed (or not on the PATH).

  Install Rust ${required} or newer, from https://rustup.rs or your system's packages,
  open a new terminal, and install seep again.`
  }
  if (isOlder(installed, required)) {
    return `Rust ${installed} is too old: seep needs ${required} or newer.

  Run "rustup update", or install a newer Rust from https://rustup.rs, and install seep again.`
  }
  return null
}

module.exports = { ROOT, isOlder, requiredRust, whyNotCompile }
