/**
 * Returns where a key leads from a node: siblings are beside it, parents above, children below.
 *
 * @param {import('./tree').TreeNode} node
 * @param {import('./treemap-layout').Cell[]} cells those that are drawn
 * @returns {import('./tree').TreeNode | null} null if the key is no direction, or leads nowhere
 */
export function nodeAt(key, node, cells) {
  const drawnIn = (parent) =>
    cells.filter((cell) => cell.node.parent === parent).map((cell) => cell.node)
  const siblings = drawnIn(node.parent)
  const at = siblings.indexOf(node)
  switch (key) {
    case 'ArrowLeft':
      return siblings[at - 1] ?? null
    case 'ArrowRight':
      return siblings[at + 1] ?? null
    case 'ArrowUp':
      return node.level > 0 ? node.parent : null
    case 'ArrowDown':
      return drawnIn(node)[0] ?? null
    case 'Home':
      return siblings[0]
    case 'End':
      return siblings.at(-1)
    default:
      return null
  }
}
