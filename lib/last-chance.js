'use strict'

/**
 * Tells when the heap comes so near to its limit that the next capture may be
 * the last: while there is still time for it, and once.
 */

/** Samples that are looked at, a few seconds each half. */
const SAMPLES = 10
/** Share of the limit at which it is time, however slowly the heap grows. */
const NEAR = 0.85
/** Share from which on the rate counts, and how many samples ahead it is drawn out. */
const HALF_WAY = 0.6
const AHEAD = 30
/** Below this share the danger is over, and may come again. */
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
   * @returns {boolean} whether now is the time
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
