'use strict'

/** The time after `start()` in which what is captured counts for nothing. */
class WarmUp {
  #lengthMs
  #now
  #until = Number.NEGATIVE_INFINITY
  #traces = false

  /**
   * @param {number} lengthMs
   * @param {() => number} [now] milliseconds of a clock that never goes back
   */
  constructor(lengthMs, now = () => performance.now()) {
    this.#lengthMs = lengthMs
    this.#now = now
  }

  begin() {
    this.#until = this.#now() + this.#lengthMs
  }

  get isOn() {
    return this.#now() < this.#until
  }

  /** A capture was taken meanwhile: somebody asked for it, or the heap was nearly full. */
  captured() {
    this.#traces = true
  }

  /** Whether there is something to forget, now that it is over. */
  get hasLeftTraces() {
    return this.#traces && !this.isOn
  }

  forgotten() {
    this.#traces = false
  }
}

module.exports = { WarmUp }
