'use strict'

/**
 * Detects, once, when the heap is so close to its limit that the next capture may be
 * the last one possible.
 */

/** Number of samples considered; each half covers a few seconds. */
const SAMPLES = 10
/** Share of the limit at which to capture, however slowly the heap grows. */
const NEAR = 0.85
/** Share of the limit above which the rate counts, and number of samples by which it is extrapolated. */
const HALF_WAY = 0.6
const AHEAD = 30
/** Share of the limit below which the heap has recovered, so that there may be another capture. */
const SAFE = 0.5

class LastChance {
  #limit
  #recent = []
  #taken = false

  /** @param {() => number} limit of the old generation, in bytes */
  constructor(limit) {
    this.#limit = limit
  }

  /**
   * @param {number} heap old generation in bytes, garbage included
   * @returns {boolean} whether to capture now
   */
  sample(heap) {
    this.#recent.push(heap)
    if (this.#recent.length < SAMPLES) return false
    if (this.#recent.length > SAMPLES) this.#recent.shift()
    const limit = this.#limit()
    // The lowest values have the least garbage.
    const before = Math.min(...this.#recent.slice(0, SAMPLES / 2))
    const now = Math.min(...this.#recent.slice(SAMPLES / 2))
    if (now < limit * SAFE) this.#taken = false
    const ahead = now + ((now - before) / (SAMPLES / 2)) * AHEAD
    const isNear = now >= limit * NEAR || (now >= limit * HALF_WAY && ahead >= limit)
    if (this.#taken || !isNear) return false
    this.#taken = true
    return true
  }
}

module.exports = { LastChance }
