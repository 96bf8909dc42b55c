'use strict'

/**
 * When a log that says nothing should say that it is watched over: under the gate a healthy process
 * may not be captured for days.
 */

const HOUR_MS = 60 * 60 * 1000

class SignOfLife {
  #now
  #at

  /** @param {() => number} [now] milliseconds of a clock that never goes back */
  constructor(now = () => performance.now()) {
    this.#now = now
    this.#at = now()
  }

  /** Something else was logged, or this. */
  spoke() {
    this.#at = this.#now()
  }

  get isDue() {
    return this.#now() - this.#at >= HOUR_MS
  }
}

module.exports = { SignOfLife }
