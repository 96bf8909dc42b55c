'use strict'

/** The time after `start()` during which captures are ignored. */
class WarmUp {
  #lengthMs
  #now
  #until = Number.NEGATIVE_INFINITY
  #traces = false

  /**
   * @param {number} lengthMs
   * @param {() => number} [now] milliseconds of a monotonic clock
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

  /** Records a capture during the warm-up, requested or because the heap was nearly full. */
  captured() {
    this.#traces = true
  }

  /** Returns whether the warm-up is over and has captures to forget. */
  get hasLeftTraces() {
    return this.#traces && !this.isOn
  }

  forgotten() {
    this.#traces = false
  }
}

module.exports = { WarmUp }
