'use strict'

/**
 * The functions for snapshot files. They examine files rather than this process, so the
 * kill switch does not apply.
 */

const fs = require('node:fs/promises')
const { fromNative, toNative } = require('./border')
const { invalidType, invalidValue, withCode } = require('./errors')
const { checkNames, checkPath, checkedValue, resolveOptions } = require('./options')
const types = require('./option-types')
const { ownScriptsAnywhere } = require('./own-scripts')

function checkIds(name, ids) {
  if (!Array.isArray(ids)) throw invalidType(`The option "${name}"`, 'an array of object ids', ids)
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id > 0xffffffff) {
      throw invalidValue('An id', 'an integer from 0 to 4294967295', id)
    }
  }
}

/**
 * Resolves to the result of `work`, or rejects with the reason of `signal` as soon as that aborts; the worker then stops after
 * the chunk it is reading. Leaves no listener behind.
 *
 * @param {AbortSignal | undefined} signal
 * @param {(progress: object | undefined) => Promise<any>} work
 * @param {object} [given] the NativeProgress of the work, if it has one
 */
async function abortable(signal, work, given) {
  if (signal === undefined) return work(given)
  checkedValue('signal', types.abortSignal(), signal)
  if (signal.aborted) throw signal.reason
  const progress = given ?? new (require('../binding').NativeProgress)()
  let onAbort
  const aborted = new Promise((_, reject) => {
    onAbort = () => {
      progress.cancel()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([work(progress), aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Returns the result in a native answer, or throws its error. `what` is the subject if the error has no path. */
function unwrap(text, what) {
  const answer = fromNative(text)
  if (answer.error === undefined) return answer.result
  const { code, message, offset, path, system } = answer.error
  const error = withCode(new Error(`${path ?? what}: ${message}`), code)
  if (path !== null) error.path = path
  if (offset !== null) error.offset = offset
  if (system !== null) error.cause = withCode(new Error(message), system)
  throw error
}

/** Sets of objects that classes can be narrowed to. */
const SETS = types.oneOf('all', 'unreachable', 'contexts', 'detached', 'eventHandlers', 'console')

/** Checks the options of an analysis and returns them for the native side. */
function checkAnalysis({
  ids = [],
  paths = [],
  className,
  contents = false,
  only = 'all',
  holders = false
}) {
  checkIds('ids', ids)
  checkIds('paths', paths)
  if (className !== undefined && typeof className !== 'string') {
    throw invalidType('The option "className"', 'a string', className)
  }
  checkedValue('contents', types.boolean(), contents)
  checkedValue('only', SETS, only)
  checkedValue('holders', types.boolean(), holders)
  return { ids, paths, className, contents, only, holders }
}

/** @returns {Promise<object>} an Analysis (index.d.ts) */
async function analyzeFile(path, options = {}) {
  checkPath(path)
  checkNames(options, ['ids', 'paths', 'className', 'contents', 'only', 'holders', 'signal'])
  const { signal, ...wanted } = options
  checkAnalysis(wanted)
  return abortable(signal, (progress) => analyzeWithProgress(path, wanted, progress))
}

/** Does the work of `analyzeFile`; `progress` (NativeProgress) tracks and cancels it. Reads standard input if `path` is null. */
async function analyzeWithProgress(path, options, progress) {
  if (path !== null) checkPath(path)
  const { analyzeFile } = require('../binding')
  const checked = checkAnalysis(options)
  const request = toNative({ path, ...checked, ownScripts: ownScriptsAnywhere() })
  return unwrap(await analyzeFile(request, progress), 'standard input')
}

/** @returns {Promise<object>} a CheckReport (index.d.ts) */
async function compareFiles(paths, options = {}) {
  checkPaths(paths)
  checkNames(options, ['minChecks', 'minGrowthBytes', 'redactNames', 'signal'])
  const { signal, ...wanted } = options
  resolveOptions(wanted)
  return abortable(signal, (progress) => compareWithProgress(paths, wanted, progress))
}

function checkPaths(paths) {
  if (!Array.isArray(paths)) throw invalidType('The paths', 'an array of paths', paths)
  if (paths.length < 2) throw invalidValue('The paths', 'two snapshot files or more', paths)
  for (const path of paths) checkPath(path)
  const twice = paths.find((path, i) => paths.indexOf(path) !== i)
  if (twice !== undefined) throw invalidValue('The paths', 'different files, oldest first', twice)
}

/** Does the work of `compareFiles`; `progress` (NativeProgress) tracks and cancels it. */
async function compareWithProgress(paths, options, progress) {
  checkPaths(paths)
  const { minChecks, minGrowthBytes, redactNames } = resolveOptions(options)
  const { compareFiles } = require('../binding')
  const rules = { minChecks, minGrowthBytes, redactNames }
  const request = toNative({ paths, ...rules, ownScripts: ownScriptsAnywhere() })
  return unwrap(await compareFiles(request, progress), 'the comparison')
}

/**
 * Returns in which way the times of snapshots contradict their order, because growth would look like shrinking, and the verdict
 * would be `healthy`; null if they do not. A glob, for example, puts 10 before 9.
 */
async function disorderOf(files) {
  // Files that cannot be read are reported when they are read.
  const stats = await Promise.all(files.map((file) => fs.stat(file).catch(() => null)))
  const at = stats.findIndex((later, i) => {
    const earlier = stats[i - 1]
    return earlier?.isFile() && later?.isFile() && later.mtimeMs < earlier.mtimeMs
  })
  return at === -1 ? null : `${files[at]} is older than ${files[at - 1]}, which comes before it`
}

module.exports = {
  SETS,
  abortable,
  analyzeFile,
  analyzeWithProgress,
  checkIds,
  checkPaths,
  compareFiles,
  compareWithProgress,
  disorderOf,
  unwrap
}
