'use strict'

/**
 * Records memory over time in a fixed amount of memory: the latest samples in full,
 * and the whole life of the process at a decreasing resolution.
 */

const { Rows } = require('./rows')

/** Fields of a sample. `at` is in milliseconds since the epoch. */
const COLUMNS = Object.freeze(['at', 'floorBytes', 'heapUsedBytes', 'externalBytes', 'rssBytes'])

/** One hour of samples at intervals of five seconds. */
const MAX_RECENT = 720
const MAX_WHOLE = 480

class Samples {
  #recent = new Rows(COLUMNS, MAX_RECENT)
  #whole = new Rows(COLUMNS, MAX_WHOLE)
  /** Number of samples per row of the whole. */
  #stride = 1
  #taken = 0

  /** @param {Record<string, number>} sample one number for each column */
  add(sample) {
    this.#recent.push(sample)
    if (this.#taken % this.#stride === 0) {
      if (this.#whole.isFull) {
        this.#whole.thin()
        this.#stride *= 2
      }
      if (this.#taken % this.#stride === 0) this.#whole.push(sample)
    }
    this.#taken += 1
  }

  /** Returns the latest samples taken after `after`, column by column. */
  recent(after = Number.NEGATIVE_INFINITY) {
    return this.#recent.columns(this.#recent.countUpTo(after))
  }

  whole() {
    return this.#whole.columns()
  }
}

module.exports = { COLUMNS, MAX_RECENT, MAX_WHOLE, Samples }
