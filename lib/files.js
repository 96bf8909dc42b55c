'use strict'

/**
 * Functions over snapshot files. They look at files, not at this process, so
 * the kill switch is not their business.
 */

const { invalidType, invalidValue, withCode } = require('./errors')
const { resolveOptions, unknownOption } = require('./options')

function checkPath(path) {
  if (typeof path !== 'string' || path === '') throw invalidType('The path', 'a path', path)
}

function checkIds(ids) {
  if (!Array.isArray(ids)) throw invalidType('The option "ids"', 'an array of object ids', ids)
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id > 0xffffffff) {
      throw invalidValue('An id', 'an integer from 0 to 4294967295', id)
    }
  }
}

/** What is not known is refused: a typing error would change the answer unnoticed. */
function checkOptions(options, known) {
  if (options === null || typeof options !== 'object' || Array.isArray(options)) {
    throw invalidType('The options', 'an object', options)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw unknownOption(name, known)
  }
}

/** Ends the work when `signal` aborts; leaves no listener behind. */
async function abortable(signal, work) {
  if (signal === undefined) return work(undefined)
  if (!(signal instanceof AbortSignal)) {
    throw invalidType('The option "signal"', 'an AbortSignal', signal)
  }
  signal.throwIfAborted()
  const progress = new (require('../binding').NativeProgress)()
  const onAbort = () => progress.cancel()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await work(progress)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function unwrap(json, what) {
  const answer = JSON.parse(json)
  if (answer.error === undefined) return answer.result
  const { code, message, offset } = answer.error
  const error = withCode(new Error(`${what}: ${message}`), code)
  if (offset !== null) error.offset = offset
  throw error
}

/** @returns {Promise<object>} an Analysis (index.d.ts) */
async function analyzeFile(path, options = {}) {
  checkPath(path)
  checkOptions(options, ['ids', 'signal'])
  const { ids = [], signal } = options
  checkIds(ids)
  return abortable(signal, (progress) => analyzeWithProgress(path, ids, progress))
}

/** What `analyzeFile` does with its options apart; `progress` (NativeProgress) follows it and can end it. */
async function analyzeWithProgress(path, ids, progress) {
  checkPath(path)
  checkIds(ids)
  return unwrap(await require('../binding').analyzeFile(path, ids, progress), path)
}

/** @returns {Promise<object>} a CheckReport (index.d.ts) */
async function compareFiles(paths, options = {}) {
  if (!Array.isArray(paths)) throw invalidType('The paths', 'an array of paths', paths)
  if (paths.length < 2) throw invalidValue('The paths', 'two snapshot files or more', paths)
  for (const path of paths) checkPath(path)
  checkOptions(options, ['minChecks', 'minGrowthBytes', 'signal'])
  const { signal, ...sensitivity } = options
  const { minChecks, minGrowthBytes } = resolveOptions(sensitivity)
  return abortable(signal, async (progress) => {
    const { compareFiles } = require('../binding')
    const answer = await compareFiles(paths, minChecks, minGrowthBytes, progress)
    return unwrap(answer, paths.join(', '))
  })
}

module.exports = { analyzeFile, analyzeWithProgress, compareFiles }
