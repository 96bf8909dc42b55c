'use strict'

/** The leaks that were emitted and have not ended. Bounded. */

const MOST = 256

class Told {
  #ids = new Set()

  /** A leak was emitted. */
  add({ id }) {
    // The latest last: what was told longest ago is forgotten first.
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size > MOST) this.#ids.delete(this.#ids.values().next().value)
  }

  /**
   * Takes out those that have ended.
   *
   * @param {object[]} resolved as a CheckReport has them: a leak may end that was never emitted
   * @returns {object[]} those of them that were emitted
   */
  ended(resolved) {
    return resolved.filter(({ id }) => this.#ids.delete(id))
  }
}

module.exports = { Told }
