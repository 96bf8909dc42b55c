'use strict'

const BARS = '▁▂▃▄▅▆▇█'

/**
 * Draws numbers as a row of bars.
 *
 * @param {number[]} values
 * @param {number} [low] height of the lowest bar
 */
function sparkline(values, low = 0) {
  const range = Math.max(...values) - low
  const heightOf = (value) =>
    range > 0 ? Math.round(((value - low) / range) * (BARS.length - 1)) : 0
  return values.map((value) => BARS[heightOf(value)]).join('')
}

module.exports = { sparkline }
