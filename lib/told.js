'use strict'

/** The leaks that were told and have not ended, so that their end can be told too. Bounded. */

const MOST = 256

class Told {
  #leaks = new Map()

  /** A leak was emitted. */
  add(leak) {
    // The latest last: what was told longest ago is forgotten first.
    this.#leaks.delete(leak.id)
    this.#leaks.set(leak.id, leak)
    if (this.#leaks.size > MOST) this.#leaks.delete(this.#leaks.keys().next().value)
  }

  /**
   * Takes out those that a completed check finds no more. What it still suspects has not ended.
   *
   * @param {object} report a CheckReport with a verdict
   * @returns {object[]} their last reports
   */
  ended({ leaks, suspects }) {
    const ended = []
    const present = new Map([...suspects, ...leaks].map((leak) => [leak.id, leak]))
    for (const [id, leak] of this.#leaks) {
      const now = present.get(id)
      if (now === undefined) {
        this.#leaks.delete(id)
        ended.push(leak)
      } else if (now.verdict === 'leak') this.#leaks.set(id, now)
    }
    return ended
  }
}

module.exports = { Told }
