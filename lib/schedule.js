'use strict'

/**
 * Calls `tick` repeatedly, `intervalMs` after the end of the previous call. Does not
 * keep the process alive.
 */
class Schedule {
  #intervalMs
  #tick
  #timer = null
  #stopped = false

  /** @param {() => Promise<unknown>} tick must not reject */
  constructor(intervalMs, tick) {
    this.#intervalMs = intervalMs
    this.#tick = tick
    this.#arm()
  }

  stop() {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = null
  }

  #arm() {
    this.#timer = setTimeout(async () => {
      await this.#tick()
      if (!this.#stopped) this.#arm()
    }, this.#intervalMs)
    this.#timer.unref()
  }
}

module.exports = { Schedule }
