'use strict'

/**
 * How much a program has worked: processor time of the event loop's thread
 * since its modules were loaded, seep's own captures left out. Unlike wall-clock time
 * it stands still while the program waits.
 */

const fs = require('node:fs')
const { performance } = require('node:perf_hooks')

/**
 * What was used before the program began: Node's own start, mostly. Where seep is loaded later than that, the loop's start
 * on the wall clock stands for it, which is a little more.
 */
const { loopStart } = performance.nodeTiming
const atLoadMs = atLoad(usedSoFarMs())

function atLoad(usedMs) {
  return usedMs !== null && loopStart > 0 ? Math.min(loopStart, usedMs) : usedMs
}

/** What was used when the event loop first turned: until then a program loads its modules, mostly. */
let atFirstTurnMs = null
if (loopStart <= 0) {
  setImmediate(() => {
    atFirstTurnMs = usedSoFarMs()
  }).unref()
}

class WorkClock {
  /** Where counting begins: a program that works before the loop turns has done so since seep was loaded. */
  #startMs = null
  #threadCpuMs
  #ownMs = 0

  /** @param {() => number | null} threadCpuMs of the native part */
  constructor(threadCpuMs) {
    this.#threadCpuMs = threadCpuMs
  }

  /** @returns {number | null} milliseconds, null where the system does not tell */
  now() {
    const used = this.#threadCpuMs()
    if (used === null) return null
    // Where nothing else told in time, counting begins here.
    this.#startMs ??= atFirstTurnMs ?? atLoadMs ?? used
    return Math.max(0, used - this.#startMs - this.#ownMs)
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

/** Like the native part's figure, which is not loaded yet: of this thread alone. Null where nothing tells. */
function usedSoFarMs() {
  try {
    // Nanoseconds on a processor.
    return Number.parseInt(fs.readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6
  } catch {
    if (process.threadCpuUsage === undefined) return null
    const { user, system } = process.threadCpuUsage()
    return (user + system) / 1000
  }
}

module.exports = { WorkClock }
