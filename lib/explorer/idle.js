'use strict'

/** Notices when nobody has asked anything for a while. */
class Idle {
  #ms
  #onIdle
  #timer = null
  #running = 0

  /**
   * @param {number} ms 0 for never
   * @param {() => void} onIdle
   */
  constructor(ms, onIdle) {
    this.#ms = ms
    this.#onIdle = onIdle
  }

  start() {
    clearTimeout(this.#timer)
    if (this.#ms > 0 && this.#running === 0) this.#timer = setTimeout(this.#onIdle, this.#ms)
  }

  stop() {
    clearTimeout(this.#timer)
    this.#ms = 0
  }

  /** Says that a request has begun; returns how to say that it has ended. */
  begin() {
    this.#running++
    clearTimeout(this.#timer)
    return () => {
      this.#running--
      this.start()
    }
  }
}

module.exports = { Idle }
