'use strict'

/** Formats an Analysis (index.d.ts) as text for a terminal, or as Markdown. */

const { count, visible } = require('../describe')
const { analysisSections } = require('./analysis-sections')
const { shorten, table } = require('./table')

/** Maximum width of a step of a path, and of a first column that is one. */
const STEP_WIDTH = 120
const PATH_COLUMN = 80
/** Narrower terminals have no room for shares. */
const WITH_SHARES = 60

const moreRows = (more) => (more > 0 ? `… ${count(more)} more` : null)

/**
 * @param {object} analysis `holders` may be null
 * @param {{ limit: number, sort: string }} options
 * @param {number} [columns] width of the terminal; undefined if there is none
 */
function describeAnalysis(analysis, options, columns) {
  const width = Math.min(STEP_WIDTH, columns ?? STEP_WIDTH)
  const isNarrow = columns !== undefined && columns < WITH_SHARES
  const text = (section) => {
    if (section.text !== undefined) return section.text
    if (section.lines !== undefined) {
      return [shorten(section.title, columns ?? STEP_WIDTH), ...section.lines].join('\n')
    }
    const kept = (cells) => cells.filter((_, at) => !isNarrow || section.head[at] !== 'share')
    const widest = section.isWide ? PATH_COLUMN : undefined
    const drawn = table(kept(section.head), section.rows.map(kept), columns, widest)
    return [drawn, moreRows(section.more)].filter((it) => it !== null).join('\n')
  }
  return analysisSections(analysis, { ...options, width })
    .map(text)
    .join('\n\n')
}

/** Returns a text for a cell of a table: names of programs may have any characters. */
function cell(value) {
  const text = typeof value === 'number' ? count(value) : value
  return visible(text)
    .replaceAll('\n', '\\n')
    .replace(/[\\`*_[\]<>|~]/g, '\\$&')
}

/** The same as Markdown, for an issue or a chat. */
function markdownAnalysis(analysis, options) {
  const row = (cells) => `| ${cells.map(cell).join(' | ')} |`
  const text = (section) => {
    if (section.text !== undefined) return section.text
    if (section.lines !== undefined) {
      // Longer than any row of backticks in it.
      const longest = Math.max(
        0,
        ...(section.lines.join('\n').match(/`+/g) ?? []).map((it) => it.length)
      )
      const fence = '`'.repeat(Math.max(3, longest + 1))
      return [`**${cell(section.title)}**`, '', `${fence}text`, ...section.lines, fence].join('\n')
    }
    const [, ...figures] = section.head
    const drawn = [
      row(section.head),
      `| --- | ${figures.map(() => '---:').join(' | ')} |`,
      ...section.rows.map(row)
    ]
    const more = moreRows(section.more)
    return more === null ? drawn.join('\n') : [...drawn, '', more].join('\n')
  }
  return analysisSections(analysis, { ...options, width: STEP_WIDTH })
    .map(text)
    .join('\n\n')
}

module.exports = { describeAnalysis, markdownAnalysis }
