'use strict'

/** Finds the known name that a mistyped one probably means: it begins the same, or differs in two letters at most. */

const MOST_EDITS = 2

/** Removes case and underscores, which are the most common mistakes. */
const lettersOf = (name) => name.toLowerCase().replaceAll('_', '')

/** Returns the edit distance: letters to insert, delete, replace or swap with the next one. */
function edits(a, b) {
  let [before, row] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) next[j] = Math.min(next[j], before[j - 2] + 1)
    }
    before = row
    row = next
  }
  return row[b.length]
}

/**
 * @param {string} name
 * @param {string[]} known
 * @param {string} [prefix] common to all of them, and ignored
 * @returns {string | undefined}
 */
function nearest(name, known, prefix = '') {
  const given = lettersOf(name.slice(prefix.length))
  if (given === '') return undefined
  const withLetters = known.map((each) => [each, lettersOf(each.slice(prefix.length))])
  const begins = withLetters.find(
    ([, letters]) => letters.startsWith(given) || given.startsWith(letters)
  )
  if (begins !== undefined) return begins[0]
  const [near] = withLetters
    .map(([each, letters]) => ({ each, letters, count: edits(given, letters) }))
    // Two letters are most of a short name.
    .filter(({ letters, count }) => count <= MOST_EDITS && count * 2 < letters.length)
    .sort((a, b) => a.count - b.count)
  return near?.each
}

module.exports = { nearest }
