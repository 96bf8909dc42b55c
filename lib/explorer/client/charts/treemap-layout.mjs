import { treemapSquarify } from 'd3-hierarchy'

/**
 * Cells of a treemap, in CSS pixels. Siblings have areas in proportion to their bytes; what is
 * left of their parent's room are its own bytes.
 *
 * @typedef {{ node: import('./tree').TreeNode, value: number, x0: number, y0: number, x1: number, y1: number, labelHeight: number }} Cell
 *   `labelHeight`: height of the part at the top that no child covers
 */

const HEADER = 18
const MARGIN = 3
/** A cell needs this room for a header above its children. */
const HEADER_WIDTH = 56
const HEADER_HEIGHT = 44
/** Below this, a cell has no margin around its children. */
const MARGIN_SIDE = 28
/** Smaller cells are not drawn, nor what is in them. */
const SMALLEST = 0.75

/**
 * @param {import('./tree').TreeNode} root
 * @returns {Cell[]} parents before children
 */
export function treemapLayout(root, width, height) {
  const cells = fill(root, 0, 0, width, height)
  for (const cell of cells) {
    const inner = innerOf(cell)
    if (inner === null) continue
    cell.labelHeight = inner.header
    for (const child of fill(cell.node, inner.x0, inner.y0, inner.x1, inner.y1)) cells.push(child)
  }
  return cells
}

/** Returns the room for the children, or null if there are none or it is too small. */
function innerOf({ node, x0, y0, x1, y1 }) {
  const [width, height] = [x1 - x0, y1 - y0]
  if (node.children.length === 0 || width < 4 || height < 4) return null
  const margin = Math.min(width, height) < MARGIN_SIDE ? 1 : MARGIN
  const header = width >= HEADER_WIDTH && height >= HEADER_HEIGHT ? HEADER : 0
  return {
    header,
    x0: x0 + margin,
    y0: y0 + (header || margin),
    x1: x1 - margin,
    y1: y1 - margin
  }
}

/** Places the children of `node` in a rectangle. */
function fill(node, x0, y0, x1, y1) {
  if (node.value === 0) return []
  const children = node.children
    .filter(({ value }) => value > 0)
    .map((child) => ({ node: child, value: child.value, x0, y0, x1, y1, labelHeight: 0 }))
  treemapSquarify({ value: node.value, children }, x0, y0, x1, y1)
  return children.filter((cell) => {
    // Sums of fractions may end a little outside.
    cell.x1 = Math.min(cell.x1, x1)
    cell.y1 = Math.min(cell.y1, y1)
    const [width, height] = [cell.x1 - cell.x0, cell.y1 - cell.y0]
    cell.labelHeight = height
    return width >= SMALLEST && height >= SMALLEST
  })
}
