'use strict'

/**
 * What a day's captures may cost: processor time of children and of seep's own
 * thread. An account that fills evenly over the day, up to one day's worth: a
 * capture may overdraw it, and the next waits until it is even again.
 */

const DAY_MS = 24 * 60 * 60 * 1000

class Spending {
  #perDayMs
  #now
  #balanceMs
  #at

  /**
   * @param {number} perDayMs
   * @param {() => number} [now] milliseconds of a clock that never goes back
   */
  constructor(perDayMs, now = () => performance.now()) {
    this.#perDayMs = perDayMs
    this.#now = now
    this.#balanceMs = perDayMs
    this.#at = now()
  }

  /** What may be spent now; negative when too much was. */
  get balanceMs() {
    const now = this.#now()
    const earned = ((now - this.#at) / DAY_MS) * this.#perDayMs
    this.#balanceMs = Math.min(this.#perDayMs, this.#balanceMs + earned)
    this.#at = now
    return this.#balanceMs
  }

  /** @param {number} cpuMs that a capture has cost, whatever came of it */
  charge(cpuMs) {
    this.#balanceMs = this.balanceMs - cpuMs
  }
}

module.exports = { Spending }
