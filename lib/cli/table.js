'use strict'

const WIDEST = 60

/** Cuts a long text in its middle: both ends of a name tell something. */
function shorten(text) {
  if (text.length <= WIDEST) return text
  const half = (WIDEST - 1) >> 1
  return `${text.slice(0, half)}…${text.slice(-half)}`
}

/**
 * Rows in columns: the first, a name, to the left and the figures to the right.
 *
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
function table(head, rows) {
  const cells = [head, ...rows.map((row) => row.map((cell) => shorten(String(cell))))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  return cells
    .map((row) => {
      const padded = row.map((cell, column) => {
        return column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])
      })
      return padded.join('  ').trimEnd()
    })
    .join('\n')
}

module.exports = { table }
