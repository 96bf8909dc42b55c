'use strict'

/**
 * Tracks one memory floor and decides which of its growth is new.
 *
 * New growth has continued since the last capture, and is not part of a rise and
 * fall already seen: below a height from which the floor fell again, growth only
 * counts if it shows in the floors of periods longer than that recovery took.
 */

const { FloorTrend, median } = require('./trend')

/** Windows for which a height is remembered: three days of minutes. */
const MEMORY = 3 * 24 * 60
/** The least base for shares, in bytes: small heaps grow by large shares. */
const SMALLEST_BASE = 16 * 2 ** 20
/** Less growth than this share of the floor is none. */
const LEAST_SHARE = 0.002
/** Lower windows in a row that are needed before growth is measured from there. */
const RECENT = 5
/** Growth by fewer standard deviations may be noise. */
const DEVIATIONS = 5
/** The same if all recent windows are that high. */
const DEVIATIONS_OF_ALL = 2

class FloorSeries {
  #absolute
  #trend = new FloorTrend()
  /** The floor at the last capture, or the lower one since. */
  #reference = null
  #recent = []
  /** The current rise and fall: where and when it began, and its peak. */
  #low = Number.POSITIVE_INFINITY
  #peak = Number.NEGATIVE_INFINITY
  #lowAt = 0
  /** Past ones: the highest, the duration of the longest, and the time of the latest. */
  #ceiling = Number.NEGATIVE_INFINITY
  #cycle = 1
  #recoveredAt = 0
  #window = 0

  /** @param {number} absolute the least growth that counts, in bytes */
  constructor(absolute) {
    this.#absolute = absolute
  }

  /** Ends a window, which had this floor. */
  add(value) {
    this.#window += 1
    this.#recent = [...this.#recent.slice(1 - RECENT), value]
    this.#trend.add(value)
    this.#follow(value)
    this.#reference ??= value
    // A single low value does not lower the base.
    const settled = Math.max(...this.#recent)
    if (settled < this.#reference) this.#reference = settled
  }

  /** Records that a snapshot was taken, or that the program is still warming up. */
  restart() {
    this.#reference = this.#recent.length === 0 ? null : median(this.#recent)
  }

  /** Returns whether it is higher than at the last capture, rising or not. */
  get hasRisen() {
    if (this.#reference === null) return false
    const least = Math.max(this.#absolute, DEVIATIONS_OF_ALL * this.#trend.noise)
    return Math.min(...this.#recent) - this.#reference >= least
  }

  /**
   * Returns the growth since the last capture, or null if it is negligible.
   *
   * @param {boolean} expected whether a capture has already seen growth, which then needs no proof
   * @returns {{ bytes: number, share: number, perWindow: number } | null}
   */
  news(expected) {
    if (this.#reference === null) return null
    if (expected) return this.#newsOf(Math.min(...this.#recent.slice(-2)), this.#trend.noise, 0)
    const cycle = this.#isForgotten() ? 1 : this.#cycle
    // Above every height from which it fell again, any duration is enough.
    for (const { lowest, noise, perWindow } of this.#trend.rising(1)) {
      const height = Math.min(lowest, this.#recent.at(-1))
      const isNew = this.#isForgotten() || height - this.#ceiling >= this.#least(noise)
      const news = isNew ? this.#newsOf(height, noise, perWindow) : null
      if (news !== null) return news
    }
    if (cycle === 1) return null
    for (const { lowest, noise, perWindow } of this.#trend.rising(cycle)) {
      const news = this.#newsOf(Math.min(lowest, this.#recent.at(-1)), noise, perWindow)
      if (news !== null) return news
    }
    return null
  }

  #least(noise) {
    return Math.max(this.#absolute, LEAST_SHARE * this.#reference, DEVIATIONS * noise)
  }

  #newsOf(height, noise, perWindow) {
    const bytes = height - this.#reference
    if (bytes < this.#least(noise)) return null
    return { bytes, share: bytes / Math.max(this.#reference, SMALLEST_BASE), perWindow }
  }

  #isForgotten() {
    return this.#window - this.#recoveredAt > MEMORY
  }

  /** Follows the current rise and fall, and remembers it when it is over. */
  #follow(value) {
    if (value > this.#peak) this.#peak = value
    const height = this.#peak - this.#low
    if (height >= this.#absolute && value <= this.#low + height / 2) {
      if (this.#isForgotten()) this.#forget()
      this.#ceiling = Math.max(this.#ceiling, this.#peak)
      this.#cycle = Math.max(this.#cycle, this.#window - this.#lowAt)
      this.#recoveredAt = this.#window
      this.#begin(value)
    } else if (value < this.#low) {
      this.#begin(value)
    }
  }

  #forget() {
    this.#ceiling = Number.NEGATIVE_INFINITY
    this.#cycle = 1
  }

  #begin(value) {
    this.#low = value
    this.#peak = value
    this.#lowAt = this.#window
  }
}

module.exports = { FloorSeries }
