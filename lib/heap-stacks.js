'use strict'

/** A snapshot as stacks, in the formats of tools that show profiles. */

const { toNative } = require('./border')
const { visible } = require('./describe')
const { withCode } = require('./errors')
const { unwrap } = require('./files')
const { ownScriptsAnywhere } = require('./own-scripts')
const { pprof } = require('./pprof')
const { version } = require('../package.json')

/**
 * @typedef {object} StackRow the last frame of a stack, and what belongs to just this stack
 * @property {number | null} parent row of the frame before, which comes earlier
 * @property {string} name
 * @property {string | null} file
 * @property {number | null} line
 * @property {number | null} column
 * @property {number} count objects
 * @property {number} bytes their own bytes
 */

/**
 * Reads the stacks of a file.
 *
 * @param {string} path
 * @param {'holders' | 'allocations'} of
 * @param {object} [progress] a NativeProgress
 * @returns {Promise<StackRow[]>}
 */
async function readStacks(path, of, progress) {
  const { stacksOfFile } = require('../binding')
  const request = toNative({ path, of, ownScripts: ownScriptsAnywhere() })
  const rows = unwrap(await stacksOfFile(request, progress), path)
  if (rows !== null) return rows
  const message = `${path}: the snapshot was not recorded with the stacks of allocations`
  throw withCode(new Error(message), 'ERR_NO_ALLOCATIONS')
}

/** Returns the rows from one to the outermost frame. */
function* upwards(rows, at) {
  for (let row = at; row !== null; row = rows[row].parent) yield row
}

const isSample = ({ count, bytes }) => count > 0 || bytes > 0

const nameOf = ({ name }) => (name === '' ? '(anonymous)' : name)

/** The frames of each stack that has objects, the last one first, with its figures. */
function* samplesOf(rows) {
  const frames = rows.map((row) => ({ ...row, name: nameOf(row) }))
  for (const [at, row] of rows.entries()) {
    if (!isSample(row)) continue
    const stack = Array.from(upwards(rows, at), (row) => frames[row])
    yield { frames: stack, values: [row.count, row.bytes] }
  }
}

/** Names are those of Go's heap profiles, which other tools know. */
function toPprof(rows) {
  const types = [
    ['inuse_objects', 'count'],
    ['inuse_space', 'bytes']
  ]
  return pprof({ types, samples: samplesOf(rows) })
}

/** A semicolon separates frames, and a line end stacks. */
const folded = (text) => visible(text).replaceAll('\n', '\\n').replaceAll(';', '\\u003b')

/** One line a stack, with its bytes: for flamegraph.pl, inferno and Pyroscope. */
function toFolded(rows) {
  const lines = []
  for (const { frames, values } of samplesOf(rows)) {
    const stack = frames.map(({ name }) => folded(name)).reverse()
    if (values[1] > 0) lines.push(`${stack.join(';')} ${values[1]}\n`)
  }
  return Buffer.from(lines.join(''))
}

/** Two profiles over the same frames: bytes, and objects. */
function toSpeedscope(rows, name) {
  const frames = rows.map((row) => ({
    name: nameOf(row),
    ...(row.file === null ? {} : { file: row.file }),
    ...(row.line === null ? {} : { line: row.line }),
    ...(row.column === null ? {} : { col: row.column })
  }))
  const profile = (title, unit, figure) => {
    const held = [...rows.keys()].filter((at) => rows[at][figure] > 0)
    const weights = held.map((at) => rows[at][figure])
    return {
      type: 'sampled',
      name: title,
      unit,
      startValue: 0,
      endValue: weights.reduce((sum, weight) => sum + weight, 0),
      samples: held.map((at) => [...upwards(rows, at)].reverse()),
      weights
    }
  }
  return Buffer.from(
    JSON.stringify({
      $schema: 'https://www.speedscope.app/file-format-schema.json',
      name,
      exporter: `seep@${version}`,
      activeProfileIndex: 0,
      shared: { frames },
      profiles: [profile('bytes', 'bytes', 'bytes'), profile('objects', 'none', 'count')]
    })
  )
}

/** The formats, by the name of their option. */
const FORMATS = { pprof: toPprof, folded: toFolded, speedscope: toSpeedscope }

module.exports = { FORMATS, readStacks }
