'use strict'

/**
 * The load on a service, interval by interval: 1 is what it usually is.
 *
 * Waves, as of a day; noise; bursts; quiet times, in which nothing comes; and restarts, after which the load comes back by
 * and by. Pure: the same seed is the same load.
 */

const { between, uniform } = require('../random')

/** Intervals from one wave to the next, and how far it goes up and down. */
const WAVE = 24
const HEIGHT = 0.6
const NOISE = 0.3
/** One of the events begins after so many intervals. */
const APART = [6, 12]
const EVENTS = [
  { name: 'burst', lasts: [1, 1], load: () => 3 },
  { name: 'quiet', lasts: [2, 5], load: () => 0 },
  { name: 'restart', lasts: [5, 5], load: (after) => after / 4 }
]

/**
 * @param {number} seed
 * @param {number} intervals
 * @returns {number[]}
 */
function traffic(seed, intervals) {
  const random = uniform(seed)
  const phase = random() * WAVE
  const loads = []
  for (let i = 0; i < intervals; i++) {
    const wave = 1 + HEIGHT * Math.sin((2 * Math.PI * (i + phase)) / WAVE)
    loads.push(wave * (1 + NOISE * (2 * random() - 1)))
  }
  for (let i = between(random, ...APART); i < intervals; i += between(random, ...APART)) {
    const { lasts, load } = EVENTS[between(random, 0, EVENTS.length - 1)]
    const until = Math.min(intervals, i + between(random, ...lasts))
    for (let after = 0; i < until; i++, after++) loads[i] *= load(after)
  }
  return loads
}

module.exports = { traffic }
