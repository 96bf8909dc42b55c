import { treemapDice } from 'd3-hierarchy'
import { restOf } from './tree.mjs'

/** Height of a level, in CSS pixels. */
export const LEVEL_HEIGHT = 24
/** Deeper cells are reached by drilling. */
const MAX_LEVELS = 64
/** Narrower cells have no border, and would run together. They are drawn as one, without what is below them. */
const NARROWEST = 3
/** Even the one cell is too narrow to be drawn. */
const LEAST = 0.75

/**
 * Places each cell below its parent, as wide as its part of the parent's bytes.
 *
 * @param {import('./tree').TreeNode} root
 * @returns {import('./treemap-layout').Cell[]} parents before children
 */
export function icicleLayout(root, width) {
  const cells = row(root, 0, width)
  for (const { node, x0, x1 } of cells) {
    if (node.level + 1 < MAX_LEVELS) cells.push(...row(node, x0, x1))
  }
  return cells
}

/** Returns the height of all levels that `cells` have. */
export function icicleHeight(cells) {
  return cells.reduce((height, { y1 }) => Math.max(height, y1), LEVEL_HEIGHT)
}

function row(parent, x0, x1) {
  const y0 = (parent.level + 1) * LEVEL_HEIGHT
  const scale = parent.value > 0 ? (x1 - x0) / parent.value : 0
  const isShown = ({ value, row }) => value * scale >= NARROWEST && row.others === 0
  const shown = parent.children.filter(isShown)
  const others = parent.children.filter((node) => node.value > 0 && !isShown(node))
  const nodes = others.length > 1 ? [...shown, restOf(parent, others)] : [...shown, ...others]
  const cells = nodes
    .filter(({ value }) => value * scale >= LEAST)
    .map((node) => ({ node, value: node.value, labelHeight: LEVEL_HEIGHT }))
  treemapDice({ value: parent.value, children: cells }, x0, y0, x1, y0 + LEVEL_HEIGHT)
  // Sums of fractions may end a little outside.
  for (const cell of cells) cell.x1 = Math.min(cell.x1, x1)
  return cells
}
