'use strict'

/** Remembers the leaks that were emitted and have not ended. Bounded. */

const MAX_LEAKS = 256

class EmittedLeaks {
  #ids = new Set()

  /** Adds a leak that was emitted. */
  add({ id }) {
    // Moves it to the end, because the oldest is dropped first.
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size > MAX_LEAKS) this.#ids.delete(this.#ids.values().next().value)
  }

  /**
   * Removes leaks that have ended.
   *
   * @param {object[]} resolved of a CheckReport; it may contain leaks that were never emitted
   * @returns {object[]} those that were emitted
   */
  ended(resolved) {
    return resolved.filter(({ id }) => this.#ids.delete(id))
  }
}

module.exports = { EmittedLeaks }
