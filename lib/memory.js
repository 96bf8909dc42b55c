'use strict'

/**
 * Tracks the floors of the process's memory: the part that it retains, as far as that can
 * be seen without examining objects.
 *
 * Used memory alone is not informative, because it rises until the collector runs. The
 * minimum over a period is close to the size after a collection. It is taken from
 * samples, usually every two seconds and about 30 µs each. A `PerformanceObserver`
 * for 'gc' would cost an entry and a callback for each of the many minor collections,
 * which are irrelevant here.
 *
 * Of the heap, only the old generation counts: young objects are mostly garbage, and
 * the size of code depends on the optimizer.
 */

const v8 = require('node:v8')
const { memoryUsage } = require('./memory-usage')

/** Samples between two rounds, within the bounds below. */
const SAMPLES = 30
const SHORTEST_MS = 100
const LONGEST_MS = 2000

/** Spaces that do not count; the others hold objects of the program. */
const LEFT_OUT = /^(new|read_only|code|trusted|shared_trusted)_/

/**
 * @typedef {object} Look minimum values since the last look, in bytes
 * @property {number} heap old generation of the JavaScript heap
 * @property {number} arrayBuffers memory of ArrayBuffers
 * @property {number} external other memory outside the heap that objects keep
 * @property {number} resident resident memory that is none of these
 * @property {boolean} collected whether a major collection ran; nothing else makes the old generation smaller
 */

/**
 * @typedef {Omit<Look, 'collected'> & { heapUsed: number }} Sample values at one moment; `heapUsed` is the whole used
 *   JavaScript heap, including garbage
 */

/** @returns {Sample} */
function sample() {
  const usage = memoryUsage()
  let heap = 0
  for (const { space_name, space_used_size } of v8.getHeapSpaceStatistics()) {
    if (!LEFT_OUT.test(space_name)) heap += space_used_size
  }
  return {
    heap,
    arrayBuffers: usage.arrayBuffers,
    external: Math.max(0, usage.external - usage.arrayBuffers),
    // A buffer that was never written to is external, but not resident.
    resident: Math.max(0, usage.rss - usage.heapTotal - usage.external),
    heapUsed: usage.heapUsed
  }
}

class MemoryFloor {
  #take
  #timer
  #lowest = null
  #lowestHeapUsed = Number.POSITIVE_INFINITY
  /** Since the last reading of the memory. */
  #lowestUnread = Number.POSITIVE_INFINITY
  #heap = Number.POSITIVE_INFINITY
  #collected = false
  #kept = null

  /**
   * @param {number} intervalMs between two looks
   * @param {{ take?: typeof sample, onSample?: (now: Sample) => void }} [parts] replaced by tests
   */
  constructor(intervalMs, { take = sample, onSample = () => {} } = {}) {
    this.#take = take
    const everyMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, intervalMs / SAMPLES))
    // Weak, because Node keeps the timer alive, and the timer must not keep this object alive.
    const self = new WeakRef(this)
    const timer = setInterval(() => {
      const floor = self.deref()
      if (floor === undefined) clearInterval(timer)
      else onSample(floor.sample())
    }, everyMs)
    timer.unref()
    this.#timer = timer
  }

  sample() {
    const now = this.#take()
    if (now.heap < this.#heap) {
      this.#collected = true
      this.#kept = now.heapUsed
    }
    this.#heap = now.heap
    this.#lowestHeapUsed = Math.min(this.#lowestHeapUsed, now.heapUsed)
    this.#lowestUnread = Math.min(this.#lowestUnread, now.heapUsed)
    const before = this.#lowest ?? now
    this.#lowest = {
      heap: Math.min(before.heap, now.heap),
      arrayBuffers: Math.min(before.arrayBuffers, now.arrayBuffers),
      external: Math.min(before.external, now.external),
      resident: Math.min(before.resident, now.resident)
    }
    return now
  }

  /** Returns the lowest used heap since the last reset, in bytes, for reports. */
  get bytes() {
    this.sample()
    return this.#lowestHeapUsed
  }

  /** Returns the lowest used heap since the last call, in bytes, for a reading of the memory. */
  takeLowest() {
    this.sample()
    const lowest = this.#lowestUnread
    this.#lowestUnread = Number.POSITIVE_INFINITY
    return lowest
  }

  /**
   * Returns the floor for the chart: the used heap after the last major collection, or the
   * current one if it is lower. Before the first collection, the lowest seen.
   */
  kept(heapUsedBytes) {
    this.#kept = Math.min(this.#kept ?? heapUsedBytes, heapUsedBytes)
    return this.#kept
  }

  /**
   * Returns the minimum values since the last look, for the gate, and starts a new period.
   * Otherwise growth would be compared with the lowest value ever.
   *
   * @returns {Look}
   */
  look() {
    this.sample()
    const look = { ...this.#lowest, collected: this.#collected }
    this.#lowest = null
    this.#collected = false
    return look
  }

  /** Starts a new period for `bytes`, after a round. */
  reset() {
    this.#lowestHeapUsed = Number.POSITIVE_INFINITY
  }

  stop() {
    clearInterval(this.#timer)
  }
}

module.exports = { MemoryFloor }
