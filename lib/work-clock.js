'use strict'

/**
 * How much a program has worked: processor time of the event loop's thread
 * since seep was loaded, seep's own captures left out. Unlike wall-clock time
 * it stands still while the program waits.
 */

const fs = require('node:fs')

/** What was used before the program began: Node's own start, mostly. */
const atLoadMs = usedSoFarMs()

class WorkClock {
  #threadCpuMs
  #ownMs = 0

  /** @param {() => number | null} threadCpuMs of the native part */
  constructor(threadCpuMs) {
    this.#threadCpuMs = threadCpuMs
  }

  /** @returns {number | null} milliseconds, null where the system does not tell */
  now() {
    const used = this.#threadCpuMs()
    return used === null ? null : Math.max(0, used - atLoadMs - this.#ownMs)
  }

  /** Calls `fn` without counting what it takes. */
  without(fn) {
    const before = this.#threadCpuMs()
    try {
      return fn()
    } finally {
      if (before !== null) this.#ownMs += this.#threadCpuMs() - before
    }
  }
}

/** Like the native part's figure, which is not loaded yet. */
function usedSoFarMs() {
  try {
    // Nanoseconds on a processor, of this thread alone.
    return Number.parseInt(fs.readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  }
}

module.exports = { WorkClock }
