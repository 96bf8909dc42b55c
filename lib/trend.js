'use strict'

/**
 * Whether a series of floors rises, told robustly and at several scales.
 *
 * Level `k` has the lowest value of each 2^k windows, so a sawtooth shows on the
 * levels below its period and is flat on those above. On each level that is
 * asked for: Mann's test for whether it rises at all (H. B. Mann, 1945,
 * doi:10.2307/1907187), and the median of the slopes between all pairs for how
 * fast (P. K. Sen, 1968, doi:10.2307/2285891). A few outliers change neither.
 *
 * Bounded: some hundred numbers, whatever the time.
 */

const POINTS = 16
/** The highest has blocks of 8192 windows: six days, at one in a minute. */
const LEVELS = 14
/** Shorter series rise by chance too often: eight windows are the shortest growth that counts. */
const FEWEST = 8
/** Standard deviations above no trend. Eight rising values in a row are that far. */
const SURE = 3.3
/** Blocks that the noise is averaged over. */
const NOISE_OVER = 32
/** Mean absolute second difference of independent normal values with a deviation of 1. */
const SECOND_DIFFERENCE = Math.sqrt(6) * Math.sqrt(2 / Math.PI)

class FloorTrend {
  #levels = Array.from({ length: LEVELS }, () => new Level())

  /** The floor of the next window. */
  add(value) {
    for (const level of this.#levels) {
      const block = level.add(value)
      if (block === null) return
      value = block
    }
  }

  /** Standard deviation of single windows, growth left out. */
  get noise() {
    return this.#levels[0].noise
  }

  /**
   * The levels that rise, with blocks of `shortest` windows and longer.
   *
   * @param {number} shortest
   * @returns {{ lowest: number, noise: number, perWindow: number }[]} `lowest` of the newest two blocks
   */
  rising(shortest) {
    const found = []
    this.#levels.forEach((level, k) => {
      if (2 ** k < shortest || !level.rises()) return
      const { lowest, noise } = level
      found.push({ lowest, noise, perWindow: level.slope() / 2 ** k })
    })
    return found
  }
}

class Level {
  #points = []
  #half = null
  #seen = 0
  /**
   * Estimated over more blocks than the test looks at: the few that happen to
   * rise one after the other would say that there is none.
   */
  noise = 0

  /** @returns {number | null} what the next level gets */
  add(value) {
    const points = this.#points
    points.push(value)
    if (points.length > POINTS) points.shift()
    if (points.length > 2) this.#learn(Math.abs(value - 2 * points.at(-2) + points.at(-3)))
    const half = this.#half
    this.#half = half === null ? value : null
    return half === null ? null : Math.min(half, value)
  }

  get lowest() {
    return Math.min(...this.#points.slice(-2))
  }

  rises() {
    return this.#points.length >= FEWEST && certainty(this.#points) >= SURE
  }

  slope() {
    const points = this.#points
    const slopes = []
    for (let j = 1; j < points.length; j++) {
      for (let i = 0; i < j; i++) slopes.push((points[j] - points[i]) / (j - i))
    }
    return median(slopes)
  }

  #learn(difference) {
    this.#seen = Math.min(NOISE_OVER, this.#seen + 1)
    this.noise += (difference / SECOND_DIFFERENCE - this.noise) / this.#seen
  }
}

/** How many standard deviations the count of rises lies above that of falls. */
function certainty(points) {
  const n = points.length
  let score = 0
  for (let j = 1; j < n; j++) {
    for (let i = 0; i < j; i++) score += Math.sign(points[j] - points[i])
  }
  return (score - 1) / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)
}

function median(values) {
  const sorted = Float64Array.from(values).sort()
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

module.exports = { FloorTrend, median }
