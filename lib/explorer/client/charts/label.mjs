import { bytes, count, visible } from '../../../describe.js'

/** What cells say, on the chart, beside the pointer and to a screen reader. */

/** No cell has room for more, and names in a heap may be megabytes long. */
const MAX_CHARACTERS = 200

/** Whether a cell stands for the objects of one class. */
export const isGroup = ({ classId }) => typeof classId === 'number'

export function nameOf(row) {
  const { label, others } = row
  if (others > 0) return `${count(others)} others`
  const text = visible(label.slice(0, MAX_CHARACTERS)).replaceAll('\n', '\\n')
  const name = label.length > MAX_CHARACTERS ? `${text}…` : text
  return isGroup(row) ? `${count(row.count)} × ${name}` : name
}

/** Returns a share of the whole, such as `12 %`, `0.4 %` or `< 0.1 %`. */
export function shareOf(part, total) {
  const percent = total > 0 ? (part / total) * 100 : 0
  if (percent > 0 && percent < 0.1) return '< 0.1 %'
  return `${percent < 9.95 ? +percent.toFixed(1) : Math.round(percent)} %`
}

/** @returns {[string, string][]} figures of a row, with their names */
export function figuresOf(row, totalBytes) {
  const figures = [['Size', `${bytes(row.bytes)} (${shareOf(row.bytes, totalBytes)})`]]
  if (row.others > 0) return figures
  if (row.selfBytes !== row.bytes && !isGroup(row)) figures.push(['Own size', bytes(row.selfBytes)])
  if (row.count > 1 && !isGroup(row)) figures.push(['Objects', count(row.count)])
  if (row.className && row.className !== row.label) {
    figures.push(['Class', nameOf({ label: row.className, others: 0 })])
  }
  if (row.place?.label) figures.push(['Place', nameOf({ label: row.place.label, others: 0 })])
  return figures
}

/** What a screen reader says about a row. */
export function spokenOf(row, totalBytes) {
  const figures = figuresOf(row, totalBytes).map(([name, value]) => `${name} ${value}`)
  return [nameOf(row), ...figures].join(', ')
}
