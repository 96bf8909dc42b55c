'use strict'

/**
 * Decides whether memory has grown enough since the last capture for another to be informative.
 *
 * The growth as a share of the floor, times the windows since the last capture, must reach a
 * threshold. So a fast leak is captured after minutes, a slow one after hours, and a program that
 * does not grow never.
 *
 * It has no clock: a window is the time between two looks. `CapturePlan` (lib/capture-plan.js)
 * decides about captures for other reasons.
 */

const { FloorSeries } = require('./floor-series')

/** The threshold, a share times a number of windows: 5 % after ten, 0.5 % after a hundred. */
const THRESHOLD = 0.5
/** After this many windows without a major collection, the memory in use serves as the floor. */
const UNCOLLECTED = 10
/** Captures that found nothing raise the threshold, up to this factor. */
const MOST_PATIENCE = 64
/** Windows after which half of that factor is forgotten. */
const PATIENCE_HALVES = 6 * 60
/** Multiples of `minGrowthBytes` below which a floor does not rise. */
const LEAST = 4
/** A heap that is higher by less than this share has not risen. */
const RISEN_SHARE = 0.02
/** The same for resident memory: allocators vary more. */
const LEAST_RESIDENT = 256

class GrowthGate {
  #floors
  /** The heap in the latest windows, with or without a collection, and at the last capture. */
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

  /** Returns the growth found by the last look: `{ signal, bytes, share, perWindow }` or null. */
  get growth() {
    return this.#last
  }

  /** Returns whether the growth is enough for a capture. */
  get isOpen() {
    const news = this.#last === null ? 0 : this.#last.share * this.#sinceCapture
    return news >= THRESHOLD * this.#patience
  }

  /** Returns whether any floor is higher than at the last capture, however little. */
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
      // Before a collection, the growth may just as well be garbage.
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
   * Records a capture.
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

  /** Returns whether the heap in use has risen, garbage included: if collections are rare, the floor is out of date. */
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
