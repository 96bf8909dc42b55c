'use strict'

/** Tables of Markdown, and their cells. */

const { literal } = require('./literal')

const firstSentence = (text) => /^.*?\.(?= |$)/.exec(text)[0]
const isSwitch = ({ typescript }) => typescript === 'boolean'

/** Puts the literals in a description of values into backticks. */
const inCode = (expected) =>
  expected.replace(/'[^']*'|\b(true|false|AbortSignal|warn\(\))/g, '`$&`')

/** Splits a row into cells; a bar in a cell is escaped. */
const cellsOf = (line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())

function tableOf([head, ...rows]) {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i].length)))
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/**
 * Returns the text with new rows in one table: the first one below the heading whose head begins with `first`.
 *
 * @param {string} text
 * @param {{ heading: string, first: string }} where
 * @param {(rows: string[][]) => string[][]} change
 */
function withTable(text, { heading, first }, change) {
  const from = text.indexOf(`\n${heading}\n`)
  const found = new RegExp(`^\\| ${first} .*\\n(\\|.*\\n)*`, 'm').exec(text.slice(from))
  if (from === -1 || found === null) throw new Error(`no table of ${first} below ${heading}`)
  const [head, , ...rows] = found[0].trimEnd().split('\n').map(cellsOf)
  const at = from + found.index
  return `${text.slice(0, at)}${tableOf([head, ...change(rows)])}\n${text.slice(at + found[0].length)}`
}

/** Returns a default as operators write it. */
function ofOperator({ type, default: fallback }) {
  if (fallback === false) return isSwitch(type) ? '0' : 'off'
  if (fallback === null || Array.isArray(fallback)) return null
  return String(fallback)
}

function variableRow(spec) {
  const { type, env, about } = spec
  const value = ofOperator(spec)
  const takes = isSwitch(type) ? 'a switch' : (type.expectedOfEnvironment ?? type.expected)
  return [
    `\`${env}\``,
    inCode(takes).replaceAll("'", ''),
    value === null ? 'none' : `\`${value}\``,
    firstSentence(about)
  ]
}

/** Returns the rows of the table of variables. Those of no option stay where they are, before the options or after. */
function variableRows(options) {
  const specs = Object.values(options).filter(({ env }) => env !== null)
  const isOfOption = ([variable]) => specs.some(({ env }) => variable === `\`${env}\``)
  return (rows) => {
    const first = rows.findIndex(isOfOption)
    const others = (part) => part.filter((row) => !isOfOption(row))
    return [
      ...others(rows.slice(0, first)),
      ...specs.map(variableRow),
      ...others(rows.slice(first))
    ]
  }
}

function optionRow([name, { default: fallback, unset, about }]) {
  const value = literal(fallback)
  const shown = typeof fallback === 'number' ? String(fallback) : value && `\`${value}\``
  return [`\`${name}\``, shown ?? inCode(unset ?? 'none'), about]
}

/** Returns the rows of a table of options without variables. */
const optionRows = (options) => () => Object.entries(options).map(optionRow)

module.exports = { inCode, optionRows, tableOf, variableRows, withTable }
