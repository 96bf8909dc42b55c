'use strict'

/**
 * Measures how much a program has worked: CPU time of the event loop's thread since its
 * modules were loaded, without seep's own captures. Unlike wall-clock time, it does not
 * advance while the program waits.
 */

const fs = require('node:fs')
const { performance } = require('node:perf_hooks')

/**
 * CPU time before the program began, mostly Node's own start-up. If seep is loaded later, the start of the event loop on the
 * wall clock is used instead, which is slightly more.
 */
const { loopStart } = performance.nodeTiming
const atLoadMs = atLoad(usedSoFarMs())

function atLoad(usedMs) {
  return usedMs !== null && loopStart > 0 ? Math.min(loopStart, usedMs) : usedMs
}

/** CPU time at the first turn of the event loop. Until then, a program mostly loads its modules. */
let atFirstTurnMs = null
if (loopStart <= 0) {
  setImmediate(() => {
    atFirstTurnMs = usedSoFarMs()
  }).unref()
}

class WorkClock {
  /** Start of the measurement. */
  #startMs = null
  #threadCpuMs
  #ownMs = 0

  /** @param {() => number | null} threadCpuMs of the native part */
  constructor(threadCpuMs) {
    this.#threadCpuMs = threadCpuMs
  }

  /** @returns {number | null} milliseconds; null if the system does not report them */
  now() {
    const used = this.#threadCpuMs()
    if (used === null) return null
    // If nothing else is known, the measurement starts here.
    this.#startMs ??= atFirstTurnMs ?? atLoadMs ?? used
    return Math.max(0, used - this.#startMs - this.#ownMs)
  }

  /** Calls `fn` without counting its CPU time. */
  without(fn) {
    const before = this.#threadCpuMs()
    try {
      return fn()
    } finally {
      if (before !== null) this.#ownMs += this.#threadCpuMs() - before
    }
  }
}

/** Returns the CPU time of this thread, before the native part is loaded. Null if unknown. */
function usedSoFarMs() {
  try {
    // The first number is CPU time in nanoseconds.
    return Number.parseInt(fs.readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6
  } catch {
    if (process.threadCpuUsage === undefined) return null
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
}

module.exports = { WorkClock }
