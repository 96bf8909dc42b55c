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
  const detector = start({
    /** Asked for by the operator, so not silent unless told to be. Read only where seep is not switched off. */
    get logger() {
      const { OPTIONS } = require('./lib/options')
      return require('./lib/environment').readOption({ ...OPTIONS.logger, default: 'pretty' })
    }
  })
  // Set by `seep run --fail-on-leak` for the processes below it.
  const { SEEP_RUN_DIR } = process.env
  if (SEEP_RUN_DIR) require('./lib/cli/run-marks').leaveMarks(SEEP_RUN_DIR, detector)
}
