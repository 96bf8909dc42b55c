'use strict'

/**
 * A table in Markdown, its columns as wide as their cells: as it stands in docs.
 *
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 */
function table(head, rows) {
  const lines = [head, ...rows].map((cells) => cells.map(String))
  const widths = head.map((_, i) => Math.max(3, ...lines.map((cells) => cells[i].length)))
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  return [lines[0], rule, ...lines.slice(1)].map(line).join('\n')
}

module.exports = { table }
