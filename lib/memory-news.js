'use strict'

/**
 * Keeps what the readings of a detector have said last, for status(). The readings are made and judged on the native
 * background thread.
 */

/** A reading may take one part in so many of the time, on the background thread: at most 5 ms in a second. */
const RARITY = 200

class MemoryNews {
  #account = null
  #native = null
  #exhaustion = null
  /** When the memory may be read again between rounds. */
  #dueAt = 0

  /** Whether the memory may be read while a round is held back. */
  get isDue() {
    return performance.now() >= this.#dueAt
  }

  /** Notes that a reading has failed: no more are made between rounds. */
  isMissing() {
    this.#dueAt = Number.POSITIVE_INFINITY
  }

  /** @param {object} news `MemoryNews` of src/detector/memory_news.rs */
  heard({ account, native, exhaustion }) {
    this.#account = account
    this.#native = native
    this.#exhaustion = exhaustion
    this.#dueAt = performance.now() + account.tookMs * RARITY
  }

  figures() {
    return { memory: this.#account, native: this.#native, exhaustion: this.#exhaustion }
  }
}

module.exports = { MemoryNews }
