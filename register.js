'use strict'

/**
 * For `node --require seep/register` and `node --import seep/register`: starts
 * one detector from the environment alone, logging to stderr.
 *
 * Once per process. Not in worker threads, which inherit the flag: each would
 * capture the process again.
 */

const { isMainThread } = require('node:worker_threads')

const REGISTERED = Symbol.for('seep.registered')

if (isMainThread && !globalThis[REGISTERED]) {
  globalThis[REGISTERED] = true
  const { start } = require('./index')
  // Asked for by the operator, so not silent unless told to be.
  start(process.env.SEEP_LOG?.trim() ? {} : { logger: 'pretty' })
}
