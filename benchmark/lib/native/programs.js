'use strict'

/** The programs whose memory outside of the JavaScript heap is judged, and what they need. */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { installPackages } = require('../apps/install')

const FOLDER = path.join(__dirname, '../../native')
const SIDES = ['growing', 'healthy']

/** Versions are pinned, so that figures can be compared. */
const PACKAGES = { sharp: '0.34.5', 'better-sqlite3': '12.11.1', express: '5.3.0' }

/** Where Debian, Fedora and Alpine have it. */
const JEMALLOC = [
  '/usr/lib/x86_64-linux-gnu/libjemalloc.so.2',
  '/usr/lib/aarch64-linux-gnu/libjemalloc.so.2',
  '/usr/lib64/libjemalloc.so.2',
  '/usr/lib/libjemalloc.so.2'
]

/** Those whose name contains one of `only`, or all. */
function findPrograms(only = []) {
  const isAsked = ({ name, side }) =>
    only.length === 0 || only.some((part) => name.includes(part) || part === side)
  return SIDES.flatMap((side) =>
    fs
      .readdirSync(path.join(FOLDER, 'programs', side))
      .sort()
      .map((file) => ({
        name: path.basename(file, '.js'),
        side,
        file: path.join(FOLDER, 'programs', side, file)
      }))
  )
    .filter(isAsked)
    .map((program) => ({ ...program, needs: require(program.file).needs ?? [] }))
}

/** Compiles the addon, once for each version of its source. Returns its path; throws what the compiler said. */
function compileAddon(cache) {
  const source = path.join(FOLDER, 'addon/addon.c')
  const target = path.join(cache, 'addon.node')
  const isThere = fs.existsSync(target) && fs.statSync(target).mtimeMs > fs.statSync(source).mtimeMs
  if (isThere) return target
  fs.mkdirSync(cache, { recursive: true })
  const args = ['-O1', '-shared', '-fPIC', '-pthread', source, '-o', target]
  const { status, stderr, error } = spawnSync('cc', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the addon was not compiled: ${error?.message ?? stderr}`)
  return target
}

/** Installs a package for this version of Node into a folder of its own. */
function installPackage(name, cache) {
  const folder = path.join(cache, process.versions.modules, name)
  fs.mkdirSync(folder, { recursive: true })
  installPackages({ name, packages: { [name]: PACKAGES[name] } }, folder)
  return folder
}

/**
 * What the programs need, each found or made once.
 *
 * @param {string} cache a folder outside of the repository
 * @returns {(program: { needs: string[] }) => { addon?: string, folders: Record<string, string>, preload?: string }} throws
 *   why something is missing here
 */
function provider(cache) {
  const known = new Map()
  const once = (name, make) => {
    if (!known.has(name)) {
      try {
        known.set(name, { value: make() })
      } catch (error) {
        known.set(name, { error })
      }
    }
    const { value, error } = known.get(name)
    if (error !== undefined) throw error
    return value
  }
  const findJemalloc = () => {
    const file = JEMALLOC.find((it) => fs.existsSync(it))
    if (file === undefined) throw new Error('there is no libjemalloc.so.2 (package libjemalloc2)')
    return file
  }
  return ({ needs }) => {
    const found = { folders: {} }
    for (const need of needs) {
      if (need === 'addon') found.addon = once(need, () => compileAddon(cache))
      else if (need === 'jemalloc') found.preload = once(need, findJemalloc)
      else found.folders[need] = once(need, () => installPackage(need, cache))
    }
    return found
  }
}

module.exports = { findPrograms, provider }
