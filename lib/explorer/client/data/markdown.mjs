/** Markdown of what is on the page, for an issue or a chat. */

import { clipped } from './words.mjs'

/** Longest list that is worth pasting. */
const MOST_ROWS = 100

/** Formats a name as code. It may contain backticks itself. */
export function code(text) {
  const shown = clipped(text)
  const longest = Math.max(0, ...(shown.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const gap = longest > 0 ? ' ' : ''
  return `${fence}${gap}${shown}${gap}${fence}`
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** Returns a table; the first column has names, and the others figures. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`
  const rule = head.map((_, i) => (i === 0 ? ':--' : '--:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Returns a tree table: deeper rows are indented. */
export function treeTable(tree, columns) {
  const indent = (depth) => '\u00a0\u00a0'.repeat(depth)
  const rows = [...tree.loaded(MOST_ROWS)].map(({ row, depth }) =>
    columns.map(({ text }, i) => (i === 0 ? `${indent(depth)}${code(text(row))}` : text(row)))
  )
  const rest = tree.size - rows.length
  const more = rest > 0 ? `\n\n… and ${rest} more rows` : ''
  return `${table(
    columns.map(({ label }) => label),
    rows
  )}${more}`
}

/** Returns a path as a block, each step on its line. */
export function path(steps) {
  return block(steps.map((step, depth) => `${'  '.repeat(Math.min(depth, 12))}${clipped(step)}`))
}

/** Returns lines as a block of text. */
export function block(lines) {
  const longest = Math.max(
    2,
    ...lines.flatMap((it) => it.match(/`+/g) ?? []).map((run) => run.length)
  )
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${lines.join('\n')}\n${fence}`
}
