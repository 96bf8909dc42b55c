'use strict'

/** Text for one line of a terminal. Names come from the memory of other programs: they must not control it. */

const { visible } = require('../describe')
const { libraries } = require('./bundle')

/** @param {unknown} value */
function oneLine(value) {
  return visible(String(value)).replaceAll('\n', '\\n')
}

/** Returns the columns that a text takes. */
function widthOf(text) {
  return libraries().stringWidth(text)
}

/** Returns a text that is no wider than `width` columns. */
function cut(text, width) {
  if (widthOf(text) <= width) return text
  return width <= 1 ? '…'.slice(0, width) : `${libraries().sliceAnsi(text, 0, width - 1)}…`
}

/** Returns a text that is as wide as `width` columns. */
function pad(text, width, isRight = false) {
  const shown = cut(text, width)
  const space = ' '.repeat(width - widthOf(shown))
  return isRight ? space + shown : shown + space
}

const CODES = {
  bold: '1',
  dim: '2',
  inverse: '7',
  red: '31',
  green: '32',
  yellow: '33',
  cyan: '36'
}
const plain = Object.fromEntries(Object.keys(CODES).map((name) => [name, (text) => text]))
const coloured = Object.fromEntries(
  Object.entries(CODES).map(([name, code]) => [name, (text) => `\u001b[${code}m${text}\u001b[0m`])
)

/** @param {boolean} hasColours */
function paints(hasColours) {
  return hasColours ? coloured : plain
}

module.exports = { cut, oneLine, pad, paints, widthOf }
