'use strict'

/** Whether a fix works: snapshot files from before it against files from after it. */

const fs = require('node:fs/promises')
const { abortable, checkPaths, compareWithProgress } = require('./files')
const { heapPace, judgeFix } = require('./fix-verdict')
const { checkNames, checkedValue, resolveOptions } = require('./options')
const types = require('./option-types')

const FINGERPRINT = types.string("a leak's fingerprint, 16 hexadecimal digits", /^[0-9a-f]{16}$/)

const SCHEMA_VERSION = 1

/** @returns {Promise<object>} a FixReport (index.d.ts) */
async function verifyFiles(before, after, options = {}) {
  checkNames(options, ['leak', 'minChecks', 'minGrowthBytes', 'redactNames', 'signal'])
  const { signal, ...wanted } = options
  checkSets(before, after, wanted)
  return abortable(signal, (progress) => verifyWithProgress(before, after, wanted, progress))
}

function checkSets(before, after, { leak, ...rules }) {
  for (const paths of [before, after]) checkPaths(paths)
  checkPaths([...before, ...after])
  if (leak !== undefined) checkedValue('leak', FINGERPRINT, leak)
  return resolveOptions(rules)
}

/**
 * Does the work of `verifyFiles`: compares the files of each set, then one set with the other. `progress` (NativeProgress)
 * tracks one comparison after the other, and cancels both. Resolves to:
 *
 *     {
 *       schemaVersion: 1,
 *       outcome: 'fixed' | 'not-fixed' | 'undecided',
 *       reasons: { code, message }[],    // why it is undecided, else empty
 *       leaks: {
 *         id, title,                     // fingerprint; the title says how it grew where it was seen last
 *         status: 'gone' | 'slower' | 'same' | 'faster' | 'new' | 'unclear',
 *         verdictBefore, verdictAfter,   // 'leak', 'suspected' or null
 *         before, after,                 // { itemsPerSnapshot, bytesPerSnapshot, bytesPerHour } or null
 *         doubt,                         // { code, message } if the status is 'unclear', else null
 *         report                         // its LeakReport, from after the fix if it still grows
 *       }[],
 *       before, after: { files, hours, heap: { bytesPerSnapshot, bytesPerHour, unexplainedBytesPerSnapshot } | null,
 *                        report }        // the CheckReport of each set
 *     }
 *
 * `hours` and every `bytesPerHour` are null if the times of the files do not ascend.
 *
 * @param {string[]} before paths, oldest first
 * @param {string[]} after paths, oldest first
 * @param {{ leak?: string, minChecks?: number, minGrowthBytes?: number, redactNames?: boolean }} options
 * @param {object} [progress]
 */
async function verifyWithProgress(before, after, options, progress) {
  const { minGrowthBytes } = checkSets(before, after, options)
  const { leak, ...rules } = options
  const sides = []
  for (const paths of [before, after]) {
    const spanMs = await spanOf(paths)
    const report = await compareWithProgress(paths, rules, progress)
    sides.push({ report, files: paths.length, spanMs })
  }
  const [was, is] = sides
  const verdict = judgeFix(was, is, { minGrowthBytes, leak })
  return { schemaVersion: SCHEMA_VERSION, ...verdict, before: shown(was), after: shown(is) }
}

function shown(side) {
  const { report, files, spanMs } = side
  const hours = spanMs === null ? null : spanMs / 3_600_000
  return { files, hours, heap: heapPace(side), report }
}

/** Returns the time between the first and the last file, or null if their times do not ascend, as after copying. */
async function spanOf(paths) {
  const stats = await Promise.all(paths.map((path) => fs.stat(path).catch(() => null)))
  const times = stats.map((stat) => (stat?.isFile() ? stat.mtimeMs : Number.NaN))
  const ascends = times.every((time, i) => i === 0 || time > times[i - 1])
  return ascends ? times.at(-1) - times[0] : null
}

module.exports = { verifyFiles, verifyWithProgress }
