'use strict'

/**
 * The daily budget for the CPU time of captures, of children and of seep's own thread. It
 * refills evenly over the day, up to one day's budget. A capture may overdraw it; the next
 * one waits until the balance is positive again.
 */

const DAY_MS = 24 * 60 * 60 * 1000

class Spending {
  #perDayMs
  #now
  #balanceMs
  #at

  /**
   * @param {number} perDayMs
   * @param {() => number} [now] milliseconds of a monotonic clock
   */
  constructor(perDayMs, now = () => performance.now()) {
    this.#perDayMs = perDayMs
    this.#now = now
    this.#balanceMs = perDayMs
    this.#at = now()
  }

  /** Returns the remaining budget; negative if it is overdrawn. */
  get balanceMs() {
    const now = this.#now()
    const earned = ((now - this.#at) / DAY_MS) * this.#perDayMs
    this.#balanceMs = Math.min(this.#perDayMs, this.#balanceMs + earned)
    this.#at = now
    return this.#balanceMs
  }

  /** @param {number} cpuMs CPU time of a capture, successful or not */
  charge(cpuMs) {
    this.#balanceMs = this.balanceMs - cpuMs
  }
}

module.exports = { Spending }
