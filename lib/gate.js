'use strict'

/**
 * Whether a periodic round may learn something.
 *
 * A capture costs the process something, and a program whose floors do not rise
 * has nothing to show. The first rounds always run: a verdict needs them. Then
 * captures are spaced by growth as much as by time: growth as a share of the
 * floor, times the rounds since the last capture, must reach a threshold. So a
 * fast leak is captured after minutes and a slow one after hours, and what
 * does not grow never is.
 *
 * Knows no clock: a window is the time between two looks.
 */

const { FloorSeries } = require('./floor-series')

/** A share times a number of windows: 5 % after ten, 0.5 % after a hundred. */
const THRESHOLD = 0.5
/** Windows after the first captures in which a program still fills its caches. */
const WARM_UP = 10
/** Without a major collection for so many windows, what is in use must do. */
const UNCOLLECTED = 10
/** Captures that found nothing new make the next one wait for more, up to this. */
const MOST_PATIENCE = 64
/** Windows after which half of that is forgotten. */
const PATIENCE_HALVES = 6 * 60
/** Multiples of `minGrowthBytes` below which a floor does not rise. */
const LEAST = 4
/** The allocator's own ups and downs are coarser. */
const LEAST_RESIDENT = 256

class GrowthGate {
  #firstCaptures
  #floors
  #captures = 0
  #windows = 0
  #sinceCapture = 0
  #sinceCollection = 0
  #patience = 1
  #patienceAt = 0
  #expected = false
  #last = null

  /** @param {{ minChecks: number, minGrowthBytes: number }} options */
  constructor({ minChecks, minGrowthBytes }) {
    // A verdict takes so many: with fewer, a healthy program would never be called so.
    this.#firstCaptures = minChecks + 1
    const bytes = Math.max(1, minGrowthBytes)
    this.#floors = new Map([
      ['heap', new FloorSeries(LEAST * bytes)],
      ['arrayBuffers', new FloorSeries(LEAST * bytes)],
      ['external', new FloorSeries(LEAST * bytes)],
      ['resident', new FloorSeries(LEAST_RESIDENT * bytes)]
    ])
  }

  /** What the last look found to grow, for status(): `{ signal, bytes, perWindow }` or null. */
  get growth() {
    return this.#last
  }

  /**
   * A window has ended.
   *
   * @param {import('./memory').Look} look
   */
  isOpen(look) {
    this.#windows += 1
    this.#sinceCapture += 1
    this.#take(look)
    if (this.#captures < this.#firstCaptures) return true
    if (this.#isWarmingUp()) {
      for (const floor of this.#floors.values()) floor.restart()
      return false
    }
    this.#relent()
    this.#last = this.#largest()
    const news = this.#last === null ? 0 : this.#last.share * this.#sinceCapture
    return news >= THRESHOLD * this.#patience
  }

  /**
   * A snapshot was taken.
   *
   * @param {string} verdict of its report
   */
  captured(verdict) {
    this.#captures += 1
    this.#sinceCapture = 0
    this.#expected = verdict === 'suspected'
    this.#patienceAt = this.#windows
    if (this.#expected) this.#patience = 1
    else if (this.#captures > this.#firstCaptures) {
      this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2)
    }
    for (const floor of this.#floors.values()) floor.restart()
  }

  #take({ collected, ...lowest }) {
    this.#sinceCollection = collected ? 0 : this.#sinceCollection + 1
    for (const [name, floor] of this.#floors) {
      // What no collection has looked through yet may as well be garbage.
      if (name === 'heap' && this.#sinceCollection % UNCOLLECTED !== 0) continue
      floor.add(lowest[name])
    }
  }

  #isWarmingUp() {
    return (
      !this.#expected && this.#captures === this.#firstCaptures && this.#sinceCapture <= WARM_UP
    )
  }

  #relent() {
    if (this.#windows - this.#patienceAt < PATIENCE_HALVES) return
    this.#patienceAt = this.#windows
    this.#patience = Math.max(1, this.#patience / 2)
  }

  #largest() {
    let largest = null
    for (const [signal, floor] of this.#floors) {
      const news = floor.news(this.#expected)
      if (news !== null && news.share > (largest?.share ?? 0)) largest = { signal, ...news }
    }
    return largest
  }
}

module.exports = { GrowthGate }
