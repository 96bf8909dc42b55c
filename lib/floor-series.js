'use strict'

/**
 * One of the process's floors, and what of its growth is news.
 *
 * News is growth since the last capture that goes on, and that is not a part of
 * an up and down already seen: below a height from which it came back, growth
 * counts only when it shows in the floors of times longer than that took.
 */

const { FloorTrend, median } = require('./trend')

/** Windows for which a height is remembered: three days of minutes. */
const MEMORY = 3 * 24 * 60
/** Growth is compared to at least this much: little heaps grow by large shares. */
const SMALLEST_BASE = 16 * 2 ** 20
/** Less than this share of what there is already is no growth. */
const LEAST_SHARE = 0.002
/** Windows that must be lower in a row before growth is measured from there. */
const RECENT = 5
/** Less than this many deviations may be noise. */
const DEVIATIONS = 5
/** The same where all recent windows stand so high. */
const DEVIATIONS_OF_ALL = 2

class FloorSeries {
  #absolute
  #trend = new FloorTrend()
  /** What was captured, or what it fell to since. */
  #reference = null
  #recent = []
  /** The present up and down: where and when it began, how high it came. */
  #low = Number.POSITIVE_INFINITY
  #peak = Number.NEGATIVE_INFINITY
  #lowAt = 0
  /** Those that are over: the highest, how long the longest took, and when one came last. */
  #ceiling = Number.NEGATIVE_INFINITY
  #cycle = 1
  #recoveredAt = 0
  #window = 0

  /** @param {number} absolute growth below this is none, in bytes */
  constructor(absolute) {
    this.#absolute = absolute
  }

  /** A window has ended with this floor. */
  add(value) {
    this.#window += 1
    this.#recent = [...this.#recent.slice(1 - RECENT), value]
    this.#trend.add(value)
    this.#follow(value)
    this.#reference ??= value
    // One low value alone does not lower what the others are measured by.
    const settled = Math.max(...this.#recent)
    if (settled < this.#reference) this.#reference = settled
  }

  /** A snapshot was taken, or the program is still warming up. */
  restart() {
    this.#reference = this.#recent.length === 0 ? null : median(this.#recent)
  }

  /** Whether it stands higher than at the last capture, going on or not. */
  get hasRisen() {
    if (this.#reference === null) return false
    const least = Math.max(this.#absolute, DEVIATIONS_OF_ALL * this.#trend.noise)
    return Math.min(...this.#recent) - this.#reference >= least
  }

  /**
   * Growth since the last capture, or null where there is none to speak of.
   *
   * @param {boolean} expected whether growth was seen by a capture already, and needs no proof
   * @returns {{ bytes: number, share: number, perWindow: number } | null}
   */
  news(expected) {
    if (this.#reference === null) return null
    if (expected) return this.#newsOf(Math.min(...this.#recent.slice(-2)), this.#trend.noise, 0)
    const cycle = this.#isForgotten() ? 1 : this.#cycle
    // Beyond what it ever came back from, any time will do.
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

  /** Follows the present up and down, and remembers it when it is over. */
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
