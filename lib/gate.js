'use strict'

/**
 * Whether a periodic round may learn something.
 *
 * A capture costs the process something, and a program whose memory floor does
 * not rise has nothing to show. The first rounds always run: a verdict needs
 * them, and growth hidden by a busy collector shows only in snapshots.
 */
class GrowthGate {
  #minChecks
  #minGrowthBytes
  #captures = 0
  #floorAtCapture = 0

  constructor({ minChecks, minGrowthBytes }) {
    this.#minChecks = minChecks
    this.#minGrowthBytes = minGrowthBytes
  }

  /** @param {number} floorBytes the memory floor since the last capture */
  isOpen(floorBytes) {
    if (this.#captures < this.#minChecks) return true
    return floorBytes - this.#floorAtCapture >= this.#minGrowthBytes
  }

  /** A snapshot was taken, at this floor. */
  captured(floorBytes) {
    this.#captures += 1
    this.#floorAtCapture = floorBytes
  }
}

module.exports = { GrowthGate }
