'use strict'

/**
 * Whether memory has grown so much since the last capture that another may learn something.
 *
 * A program whose floors do not rise has nothing to show. Growth as a share of the floor, times
 * the windows since the last capture, must reach a threshold. So a fast leak is captured after
 * minutes and a slow one after hours, and what does not grow never is.
 *
 * Knows no clock: a window is the time between two looks. What else makes a round capture is
 * decided in `CapturePlan` (lib/capture-plan.js).
 */

const { FloorSeries } = require('./floor-series')

/** A share times a number of windows: 5 % after ten, 0.5 % after a hundred. */
const THRESHOLD = 0.5
/** Without a major collection for so many windows, what is in use must do. */
const UNCOLLECTED = 10
/** Captures that found nothing new make the next one wait for more, up to this. */
const MOST_PATIENCE = 64
/** Windows after which half of that is forgotten. */
const PATIENCE_HALVES = 6 * 60
/** Multiples of `minGrowthBytes` below which a floor does not rise. */
const LEAST = 4
/** A heap that stands higher by less than this share has not risen. */
const RISEN_SHARE = 0.02
/** The allocator's own ups and downs are coarser. */
const LEAST_RESIDENT = 256

class GrowthGate {
  #floors
  /** The heap as it was in the latest windows, looked through by a collection or not; and how it was at the last capture. */
  #heaps = []
  #heapAtCapture = null
  #leastBytes
  #windows = 0
  #sinceCapture = 0
  #sinceCollection = 0
  #patience = 1
  #patienceAt = 0
  #expected = false
  #last = null

  /** @param {{ minGrowthBytes: number }} options */
  constructor({ minGrowthBytes }) {
    const bytes = Math.max(1, minGrowthBytes)
    this.#leastBytes = LEAST * bytes
    this.#floors = new Map([
      ['heap', new FloorSeries(LEAST * bytes)],
      ['arrayBuffers', new FloorSeries(LEAST * bytes)],
      ['external', new FloorSeries(LEAST * bytes)],
      ['resident', new FloorSeries(LEAST_RESIDENT * bytes)]
    ])
  }

  /** What the last look found to grow: `{ signal, bytes, share, perWindow }` or null. */
  get growth() {
    return this.#last
  }

  /** Whether the growth is enough for a capture. */
  get isOpen() {
    const news = this.#last === null ? 0 : this.#last.share * this.#sinceCapture
    return news >= THRESHOLD * this.#patience
  }

  /** Whether any floor stands higher than at the last capture, if only by a little. */
  get hasRisen() {
    return this.#hasHeapRisen() || [...this.#floors.values()].some((floor) => floor.hasRisen)
  }

  /**
   * Ends a window.
   *
   * @param {import('./memory').Look} look
   */
  take({ collected, ...lowest }) {
    this.#windows += 1
    this.#sinceCapture += 1
    this.#sinceCollection = collected ? 0 : this.#sinceCollection + 1
    this.#heaps = [...this.#heaps.slice(1 - UNCOLLECTED), lowest.heap]
    for (const [name, floor] of this.#floors) {
      // What no collection has looked through yet may as well be garbage.
      if (name === 'heap' && this.#sinceCollection % UNCOLLECTED !== 0) continue
      floor.add(lowest[name])
    }
    this.#relent()
    this.#last = this.#largest()
  }

  /** Measures growth from here on: the program was filling its caches until now. */
  restart() {
    for (const floor of this.#floors.values()) floor.restart()
    this.#last = null
  }

  /**
   * Takes note of a capture.
   *
   * @param {'suspect' | 'news' | 'nothing'} found after a suspect growth needs no further proof; after nothing the next one
   *   waits for more
   */
  captured(found) {
    this.#sinceCapture = 0
    this.#heapAtCapture = this.#heaps.at(-1) ?? null
    this.#expected = found === 'suspect'
    this.#patienceAt = this.#windows
    if (this.#expected) this.#patience = 1
    else if (found === 'nothing') this.#patience = Math.min(MOST_PATIENCE, this.#patience * 2)
    this.restart()
  }

  /** Where collections are rare, the floor knows nothing new for long; garbage counts here. */
  #hasHeapRisen() {
    if (this.#heapAtCapture === null) return false
    const least = Math.max(this.#leastBytes, RISEN_SHARE * this.#heapAtCapture)
    return Math.min(...this.#heaps) - this.#heapAtCapture >= least
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
