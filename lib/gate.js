'use strict'

/**
 * Growth that may as well be garbage: without a major collection to tell them
 * apart, this share more than at the last capture counts as growth.
 */
const UNCOLLECTED_SHARE = 1 / 8

/**
 * Whether a periodic round may learn something.
 *
 * A capture costs the process something, and a program whose memory floor does
 * not rise has nothing to show. The first rounds always run: a verdict needs
 * them, and growth hidden by a busy collector shows only in snapshots.
 *
 * @typedef {object} Look what MemoryFloor (lib/memory.js) saw since the last look
 * @property {number | null} keptBytes left after major collections; null without one
 * @property {number} usedBytes in use now, garbage included
 */
class GrowthGate {
  #minChecks
  #minGrowthBytes
  #captures = 0
  /** The floor that growth counts from: the lowest since the last capture. */
  #reference = Number.POSITIVE_INFINITY
  /** What the last look since the last capture found to be kept. */
  #kept = null

  constructor({ minChecks, minGrowthBytes }) {
    this.#minChecks = minChecks
    this.#minGrowthBytes = minGrowthBytes
  }

  /** @param {Look} look */
  isOpen({ keptBytes, usedBytes }) {
    this.#kept = keptBytes ?? this.#kept
    // Lower than at the capture: that was garbage then, or is free now.
    this.#reference = Math.min(this.#reference, keptBytes ?? usedBytes)
    if (this.#captures < this.#minChecks) return true
    if (keptBytes !== null) return keptBytes - this.#reference >= this.#minGrowthBytes
    const margin = Math.max(this.#minGrowthBytes, this.#reference * UNCOLLECTED_SHARE)
    return usedBytes - this.#reference >= margin
  }

  /**
   * A snapshot was taken.
   *
   * @param {Look} look
   */
  captured({ keptBytes, usedBytes }) {
    this.#captures += 1
    this.#reference = keptBytes ?? this.#kept ?? usedBytes
    this.#kept = null
  }
}

module.exports = { GrowthGate }
