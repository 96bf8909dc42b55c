'use strict'

/** Tables of text that fit the terminal. */

const { count, visible } = require('../describe')

/** Usual maximum and minimum width of the first column. */
const WIDEST = 60
const NARROWEST = 8
const GAP = '  '

/** Returns a text on one line. A long text is shortened in the middle, because both ends of a name are informative. */
function shorten(text, widest) {
  const line = visible(text).replaceAll('\n', '\\n')
  const room = Math.max(NARROWEST, widest)
  if (line.length <= room) return line
  const half = (room - 1) >> 1
  // An unpaired surrogate is not a character.
  const head = line.slice(0, half).replace(/[\ud800-\udbff]$/, '')
  const tail = line.slice(-half).replace(/^[\udc00-\udfff]/, '')
  return `${head}…${tail}`
}

const textOf = (cell) => (typeof cell === 'number' ? count(cell) : cell)

/**
 * Returns rows as a table, with names aligned left and figures aligned right. Names are shortened so that rows fit the terminal.
 *
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 * @param {number | undefined} columns width of the terminal, if there is one
 * @param {number} [widest] maximum width of the first column
 */
function table(head, rows, columns, widest = WIDEST) {
  const texts = [head, ...rows].map((row) => row.map(textOf))
  const widthOf = (column) => Math.max(...texts.map((row) => row[column].length))
  const figures = head.slice(1).map((_, i) => widthOf(i + 1))
  const taken = figures.reduce((sum, width) => sum + GAP.length + width, 0)
  const room = Math.max(NARROWEST, Math.min(widest, (columns ?? Number.POSITIVE_INFINITY) - taken))
  const names = texts.map(([name]) => shorten(name, room))
  const nameWidth = Math.max(...names.map((name) => name.length))
  return texts
    .map(([, ...rest], i) => {
      const padded = rest.map((cell, column) => cell.padStart(figures[column]))
      return [names[i].padEnd(nameWidth), ...padded].join(GAP).trimEnd()
    })
    .join('\n')
}

module.exports = { shorten, table }
