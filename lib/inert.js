'use strict'

/** Results of a detector that is disabled or stopped. */

const { withCode } = require('./errors')
const { memoryFigures } = require('./memory-usage')

/** Codes listed in docs/operating.md, other than those of seep's bugs. */
const SKIP_CODE = /^ERR_(ABORTED|CAPTURE_|DISABLED|FILE_|SNAPSHOT_|STOPPED)/

function skip(code, message) {
  return { code, message, at: new Date().toISOString() }
}

/** Returns the report of a skipped round. */
function skippedReport(reason) {
  return {
    schemaVersion: 1,
    verdict: 'skipped',
    leaks: [],
    suspects: [],
    resolved: [],
    growth: null,
    native: null,
    classes: [],
    skip: reason,
    snapshot: null,
    cost: null,
    memory: memoryFigures(),
    at: reason.at
  }
}

function check(disabledReason) {
  return skippedReport(skip('ERR_DISABLED', disabledReason))
}

function refusal(reason, code = 'ERR_DISABLED', what = 'snapshot') {
  return withCode(new Error(`No ${what} was written: ${reason}`), code)
}

function status(disabledReason) {
  return {
    schemaVersion: 1,
    enabled: false,
    disabledReason,
    state: 'disabled',
    checking: false,
    options: null,
    floorBytes: null,
    growth: null,
    cpuMsLeftToday: null,
    capture: null,
    allocations: null,
    socket: null,
    memory: null,
    native: null,
    exhaustion: null,
    startedAt: null,
    rounds: 0,
    captures: 0,
    leaks: 0,
    resolved: 0,
    pauseMs: 0,
    skips: {},
    lastCheck: null
  }
}

module.exports = { SKIP_CODE, check, refusal, skip, skippedReport, status }
