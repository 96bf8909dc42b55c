'use strict'

/**
 * Decides when a quiet log gets a line saying that seep is watching. With the gate, a healthy process may not be captured
 * for days.
 */

const HOUR_MS = 60 * 60 * 1000

class SignOfLife {
  #now
  #at

  /** @param {() => number} [now] milliseconds of a monotonic clock */
  constructor(now = () => performance.now()) {
    this.#now = now
    this.#at = now()
  }

  /** Records that something was logged. */
  spoke() {
    this.#at = this.#now()
  }

  get isDue() {
    return this.#now() - this.#at >= HOUR_MS
  }
}

module.exports = { SignOfLife }
