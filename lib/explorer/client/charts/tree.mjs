import { isGroup } from './label.mjs'

/**
 * The rows of `heap.tree()` as a tree for a layout.
 *
 * @typedef {{ parent: number | null, label: string, className: string, bytes: number, selfBytes: number, count: number, classId: number | null, others: number, place: object | null }} TreeRow
 * @typedef {{ index: number | string, row: TreeRow | null, parent: TreeNode | null, children: TreeNode[], value: number, level: number }} TreeNode
 *   `row` is null and `level` is -1 for the root, which stands for everything
 */

/**
 * @param {TreeRow[]} rows
 * @param {number} totalBytes less than the sum of the rows counts as the sum
 * @returns {TreeNode} the root; children come biggest first, the rest of a parent last
 */
export function treeOf(rows, totalBytes) {
  const root = nodeOf(null, -1)
  const nodes = rows.map(nodeOf)
  for (const node of nodes) {
    const { parent } = node.row
    node.parent = parent === null ? root : nodes[parent]
    node.parent.children.push(node)
  }
  // Parents first, so that a sum can be carried upwards from the end.
  const order = [root]
  for (const node of order) {
    for (const child of node.children) {
      child.level = node.level + 1
      order.push(child)
    }
  }
  root.value = sizeOf(totalBytes)
  for (const node of order.reverse()) {
    node.children.sort(byBytes)
    // Children must fit in their parent, whatever the figures say.
    const sum = node.children.reduce((bytes, child) => bytes + child.value, 0)
    node.value = Math.max(node.value, sum)
  }
  return root
}

/** Returns the nodes below `root`, parents before children. */
export function descendants(root) {
  const all = [...root.children]
  for (const node of all) all.push(...node.children)
  return all
}

/** Returns the outermost node that `node` is in. */
export function outermost(node) {
  let at = node
  while (at.level > 0) at = at.parent
  return at
}

/** Returns the rows above `node`, the outermost first. */
export function rowsAbove(node) {
  const above = []
  for (let at = node.parent; at.row !== null; at = at.parent) above.unshift(at.row)
  return above
}

/** Returns one node for children of `parent` that are too small to be drawn, like a row of others. */
export function restOf(parent, nodes) {
  const sum = (figure) => nodes.reduce((total, { row }) => total + figure(row), 0)
  const bytes = sum((row) => row.bytes)
  const row = {
    parent: parent.row === null ? null : parent.index,
    depth: nodes[0].row.depth,
    label: '',
    className: '',
    id: null,
    key: null,
    classId: null,
    bytes,
    selfBytes: bytes,
    count: sum((it) => it.count),
    others: sum((it) => it.others || (isGroup(it) ? it.count : 1)),
    place: null
  }
  return { ...nodeOf(row, `rest-${parent.index}`), parent, level: parent.level + 1 }
}

function nodeOf(row, index) {
  const value = row === null ? 0 : sizeOf(row.bytes)
  return { index, row, parent: null, children: [], value, level: -1 }
}

function sizeOf(bytes) {
  return Number.isFinite(bytes) && bytes > 0 ? bytes : 0
}

function byBytes(a, b) {
  const isRest = (node) => (node.row.others > 0 ? 1 : 0)
  return isRest(a) - isRest(b) || b.value - a.value || a.index - b.index
}
