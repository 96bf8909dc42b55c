'use strict'

/** What several measurements of the same thing say together. */

function sorted(numbers) {
  return [...numbers].sort((a, b) => a - b)
}

function median(numbers) {
  const all = sorted(numbers)
  const half = Math.floor(all.length / 2)
  return all.length % 2 === 1 ? all[half] : (all[half - 1] + all[half]) / 2
}

/** Lowest and highest. */
function spread(numbers) {
  const all = sorted(numbers)
  return [all[0], all.at(-1)]
}

/** Holds the true median with a probability of 95 %: the sign test's interval. */
function medianInterval(numbers) {
  const all = sorted(numbers)
  const n = all.length
  const reach = Math.ceil(0.98 * Math.sqrt(n))
  const low = Math.max(0, Math.floor(n / 2) - reach)
  return [all[low], all[Math.min(n - 1, n - 1 - low)]]
}

module.exports = { median, medianInterval, spread }
