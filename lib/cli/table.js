'use strict'

/** Widths of the first column: at most, and in the narrowest terminal. */
const WIDEST = 60
const NARROWEST = 12
const GAP = '  '

/** Cuts a long text in its middle: both ends of a name tell something. */
function shorten(text, widest) {
  if (text.length <= widest) return text
  const half = (widest - 1) >> 1
  return `${text.slice(0, half)}…${text.slice(-half)}`
}

/**
 * Rows in columns: the first, a name, to the left and the figures to the right. Names are cut so that the rows fit the terminal.
 *
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 * @param {number} [columns] the terminal's width; undefined where there is none
 */
function table(head, rows, columns = process.stdout.columns) {
  const texts = [head, ...rows].map((row) => row.map(String))
  const widthOf = (column) => Math.max(...texts.map((row) => row[column].length))
  const figures = head.slice(1).map((_, i) => widthOf(i + 1))
  const taken = figures.reduce((sum, width) => sum + GAP.length + width, 0)
  const room = Math.max(NARROWEST, Math.min(WIDEST, (columns ?? Number.POSITIVE_INFINITY) - taken))
  const nameWidth = Math.min(room, widthOf(0))
  return texts
    .map(([name, ...rest]) => {
      const padded = rest.map((cell, i) => cell.padStart(figures[i]))
      return [shorten(name, room).padEnd(nameWidth), ...padded].join(GAP).trimEnd()
    })
    .join('\n')
}

module.exports = { table }
