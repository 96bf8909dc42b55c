'use strict'

/**
 * Decides robustly, at several scales, whether a series of floors rises.
 *
 * Level `k` has the lowest value of each 2^k windows, so a sawtooth shows on the
 * levels below its period and is flat on those above. Each level is tested with
 * Mann's test for whether it rises at all (H. B. Mann, 1945,
 * doi:10.2307/1907187), and the median of the slopes between all pairs for how
 * fast (P. K. Sen, 1968, doi:10.2307/2285891). A few outliers change neither.
 *
 * Its memory is bounded: a few hundred numbers.
 */

const POINTS = 16
/** The highest level has blocks of 8192 windows: six days at one per minute. */
const LEVELS = 14
/** Shorter series rise by chance too often: eight windows are the shortest growth that counts. */
const FEWEST = 8
/** Standard deviations above no trend; eight rising values in a row reach them. */
const SURE = 3.3
/** Blocks that the noise is averaged over. */
const NOISE_OVER = 32
/** Mean absolute second difference of independent normal values with a deviation of 1. */
const SECOND_DIFFERENCE = Math.sqrt(6) * Math.sqrt(2 / Math.PI)

class FloorTrend {
  #levels = Array.from({ length: LEVELS }, () => new Level())

  /** Adds the floor of the next window. */
  add(value) {
    for (const level of this.#levels) {
      const block = level.add(value)
      if (block === null) return
      value = block
    }
  }

  /** Returns the standard deviation of single windows, without the growth. */
  get noise() {
    return this.#levels[0].noise
  }

  /**
   * Returns the levels that rise, with blocks of at least `shortest` windows.
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
   * Estimated over more blocks than the test uses: a few blocks that happen to
   * rise one after the other would show no noise.
   */
  noise = 0

  /** @returns {number | null} the value for the next level */
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

/** Returns how many standard deviations the number of rises is above that of falls. */
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
