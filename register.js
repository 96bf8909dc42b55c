'use strict'

/**
 * For `node --require seep/register` and `node --import seep/register`: starts one
 * detector, configured by the environment only, that logs to stderr.
 *
 * Starts one per process, and none in worker threads, which inherit the flag and would
 * each capture the process again.
 */

const { isMainThread } = require('node:worker_threads')

const REGISTERED = Symbol.for('seep.registered')

if (isMainThread && !globalThis[REGISTERED]) {
  globalThis[REGISTERED] = true
  const { start } = require('./index')
  const detector = start({
    /** The operator has asked for seep, so it logs by default. A getter, so that it is only read if seep is enabled. */
    get logger() {
      const { OPTIONS } = require('./lib/options')
      return require('./lib/environment').readOption({ ...OPTIONS.logger, default: 'pretty' })
    }
  })
  // Set by `seep run --fail-on-leak` for the processes below it.
  const { SEEP_RUN_DIR } = process.env
  if (SEEP_RUN_DIR) require('./lib/cli/run-marks').leaveMarks(SEEP_RUN_DIR, detector)
}
