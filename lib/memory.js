'use strict'

/**
 * The floors of the process's memory: what it holds on to, as far as that shows
 * without looking at an object.
 *
 * Used memory alone says little: it rises until the collector runs. The lowest
 * values seen over a while are close to what collections left. They come from
 * samples, a few in a minute and some 30 µs each. A `PerformanceObserver` for
 * 'gc' would cost the program an entry and a callback for each of the many
 * minor collections, which say nothing here.
 *
 * Of the heap, only the old generation counts: what is young is mostly garbage,
 * and code comes and goes with the optimiser.
 */

const v8 = require('node:v8')
const { memoryUsage } = require('./memory-usage')

/** Samples in an interval between rounds, within these bounds. */
const SAMPLES = 30
const SHORTEST_MS = 100
const LONGEST_MS = 2000

/** Spaces that do not count; the rest holds objects of the program. */
const LEFT_OUT = /^(new|read_only|code|trusted|shared_trusted)_/

/**
 * @typedef {object} Look the lowest values since the last look, in bytes
 * @property {number} heap old generation of the JavaScript heap
 * @property {number} arrayBuffers memory of ArrayBuffers
 * @property {number} external other memory outside of the heap that objects keep
 * @property {number} resident resident memory that is none of these
 * @property {boolean} collected whether a major collection ran: only that makes the old generation smaller
 */

/**
 * @typedef {Omit<Look, 'collected'> & { heapUsed: number }} Sample as things are at one moment; `heapUsed` is the whole
 *   JavaScript heap, garbage included
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
  #heap = Number.POSITIVE_INFINITY
  #collected = false
  #kept = null

  /**
   * @param {number} intervalMs between two looks
   * @param {{ take?: typeof sample, onSample?: (now: Sample) => void }} [parts] tests have their own
   */
  constructor(intervalMs, { take = sample, onSample = () => {} } = {}) {
    this.#take = take
    const everyMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, intervalMs / SAMPLES))
    // Reached weakly: a timer is kept alive by Node, and must not keep us.
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
    const before = this.#lowest ?? now
    this.#lowest = {
      heap: Math.min(before.heap, now.heap),
      arrayBuffers: Math.min(before.arrayBuffers, now.arrayBuffers),
      external: Math.min(before.external, now.external),
      resident: Math.min(before.resident, now.resident)
    }
    return now
  }

  /** The lowest used heap since the last reset, in bytes; for reports. */
  get bytes() {
    this.sample()
    return this.#lowestHeapUsed
  }

  /**
   * The floor as a series over time: what the last major collection left, or
   * less when less is in use now. Before the first one, the lowest seen.
   */
  kept(heapUsedBytes) {
    this.#kept = Math.min(this.#kept ?? heapUsedBytes, heapUsedBytes)
    return this.#kept
  }

  /**
   * What was seen since the last look, for the gate: each look begins anew, or
   * growth since would be held against the lowest that ever was.
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

  /** A capture was taken: `bytes` begins anew. */
  reset() {
    this.#lowestHeapUsed = Number.POSITIVE_INFINITY
  }

  stop() {
    clearInterval(this.#timer)
  }
}

module.exports = { MemoryFloor }
