import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { drawCells, penOf } from './draw.mjs'
import { nodeAt } from './keys.mjs'
import { figuresOf, nameOf, spokenOf } from './label.mjs'
import { THEMES } from './palette.mjs'
import { useIsDark, useScale, useSize } from './surroundings.mjs'
import { descendants, rowsAbove, treeOf } from './tree.mjs'

/** Cells that a screen reader can list. All of them would be a long walk. */
const LISTED = 100
/** Distance between the pointer and the box beside it. */
const TIP_DISTANCE = 14
const TIP_WIDTH = 340

/**
 * A chart of cells: a canvas that the pointer and the keys move over, and for screen readers a
 * tree of the biggest cells.
 *
 * @param {object} props
 * @param {import('./tree').TreeRow[]} props.rows rows of `heap.tree()`
 * @param {number} [props.totalBytes] of which the rows are a part; by default, they are everything
 * @param {string} props.label what the chart shows, for screen readers
 * @param {'class' | 'origin'} [props.colour] what gives a cell its colour: its class, or the outermost cell it is in
 * @param {(row: object) => void} [props.onPick] a cell was clicked or entered; also one of `others`
 * @param {(row: object | null) => void} [props.onHover] the pointer or the keys are at another cell, or at none
 * @param {(root: object, width: number, height: number) => object[]} props.layout
 * @param {(cells: object[]) => number} [props.heightOf] height that the cells need; without it, they fill the element
 */
export function CellChart(props) {
  return props.rows.length === 0 ? (
    <p class="cells-empty">Nothing to show.</p>
  ) : (
    <Cells {...props} />
  )
}

function Cells({
  rows,
  totalBytes: given = 0,
  label,
  colour = 'class',
  onPick,
  onHover,
  layout,
  heightOf,
  name
}) {
  const id = useId()
  const host = useRef(null)
  const canvas = useRef(null)
  const { width, height: hostHeight } = useSize(host)
  const fixedHeight = heightOf === undefined ? hostHeight : 0
  const root = useMemo(() => treeOf(rows, given), [rows, given])
  const totalBytes = root.value
  const cells = useMemo(() => layout(root, width, fixedHeight), [root, width, fixedHeight, layout])
  const cellOf = useMemo(() => new Map(cells.map((cell) => [cell.node, cell])), [cells])
  const height = heightOf === undefined ? hostHeight : heightOf(cells)

  useCanvas(canvas, { cells, colour, width, height })

  const [pointed, setPointed] = useState(null)
  const [isFocused, setIsFocused] = useState(false)
  const [chosen, setChosen] = useState(null)
  const [isTold, setIsTold] = useState(true)
  /** Keys, and not the pointer, moved last. */
  const [isByKeys, setIsByKeys] = useState(false)
  // Another drawing of the same chart may lack the cell, and one after drilling does.
  const active = isFocused ? (cellOf.get(chosen) ?? cells[0] ?? null) : null
  const hovered = pointed === null ? null : (cellOf.get(pointed.node) ?? null)
  const shown = isByKeys ? active : hovered

  const told = useRef(null)
  const tell = (row) => {
    if (told.current === row) return
    told.current = row
    onHover?.(row)
  }

  const at = ({ clientX, clientY }) => {
    const box = canvas.current.getBoundingClientRect()
    const [x, y] = [clientX - box.left, clientY - box.top]
    // Children come after their parents and cover them.
    const cell = cells.findLast((it) => x >= it.x0 && x < it.x1 && y >= it.y0 && y < it.y1)
    return cell === undefined ? null : { node: cell.node, x, y }
  }

  const point = (event) => {
    const found = at(event)
    setPointed(found)
    setIsByKeys(false)
    setIsTold(true)
    tell(found?.node.row ?? null)
  }

  const leave = () => {
    setPointed(null)
    tell(null)
  }

  const focus = () => {
    setIsFocused(true)
    const byKeys = host.current.querySelector('[role=tree]').matches(':focus-visible')
    setIsByKeys(byKeys)
    setIsTold(true)
    if (byKeys) tell((cellOf.get(chosen) ?? cells[0])?.node.row ?? null)
  }

  const blur = () => {
    setIsFocused(false)
    setIsByKeys(false)
    tell(null)
  }

  const click = (event) => {
    const found = at(event)
    if (found === null) return
    setChosen(found.node)
    onPick?.(found.node.row)
  }

  const press = (event) => {
    if (active === null || event.ctrlKey || event.altKey || event.metaKey) return
    if (event.key === 'Enter' || event.key === ' ') onPick?.(active.node.row)
    else if (event.key === 'Escape') setIsTold(false)
    else {
      const next = nodeAt(event.key, active.node, cells)
      if (next === null && !event.key.startsWith('Arrow')) return
      const node = next ?? active.node
      setChosen(node)
      setIsByKeys(true)
      setIsTold(true)
      tell(node.row)
      scrollTo(host.current, cellOf.get(node))
    }
    event.preventDefault()
  }

  const items = useMemo(() => listed(root, active?.node ?? null), [root, active?.node])
  const list = useMemo(
    () => items.map((node) => <Item key={node.index} {...{ id, node, totalBytes }} />),
    [items, id, totalBytes]
  )

  return (
    <div class={`cells ${name}`} ref={host}>
      <div
        role="tree"
        aria-label={label}
        aria-orientation="horizontal"
        aria-activedescendant={active === null ? undefined : itemId(id, active.node)}
        tabIndex={0}
        style={{ height: heightOf === undefined ? '100%' : `${height}px` }}
        onKeyDown={press}
        onFocus={focus}
        onBlur={blur}
        onClick={click}
        onPointerMove={point}
        onPointerLeave={leave}
      >
        <canvas ref={canvas} />
        <div class="cells-list">{list}</div>
      </div>
      {hovered !== null && !isByKeys && <div class="cells-hover" style={boxOf(hovered)} />}
      {active !== null && isByKeys && <div class="cells-focus" style={boxOf(active)} />}
      {shown !== null && isTold && (
        <Tip
          row={shown.node.row}
          above={rowsAbove(shown.node)}
          totalBytes={totalBytes}
          at={isByKeys ? cornerOf(shown) : pointed}
          width={width}
          height={height}
        />
      )}
    </div>
  )
}

/** Draws the cells when they, the size, the resolution or the theme change. */
function useCanvas(ref, { cells, colour, width, height }) {
  const scale = useScale()
  const isDark = useIsDark()
  const pen = useRef(null)
  useLayoutEffect(() => {
    const { current: canvas } = ref
    const theme = isDark ? THEMES.dark : THEMES.light
    canvas.width = Math.round(width * scale)
    canvas.height = Math.round(height * scale)
    canvas.style.width = `${width}px`
    canvas.style.height = `${height}px`
    const context = canvas.getContext('2d', { alpha: false })
    const isSame =
      pen.current?.context === context && pen.current.theme === theme && pen.current.scale === scale
    if (!isSame) pen.current = penOf(context, theme, scale)
    drawCells(pen.current, cells, colour)
  }, [cells, colour, width, height, scale, isDark])
}

/** Returns the biggest nodes, with the active one and those above, parents before children. */
function listed(root, active) {
  const all = descendants(root)
  const kept = new Set(all.toSorted((a, b) => b.value - a.value).slice(0, LISTED))
  for (let node = active; node !== null && node.row !== null; node = node.parent) kept.add(node)
  const order = []
  const visit = (node) => {
    for (const child of node.children) {
      if (!kept.has(child)) continue
      order.push(child)
      visit(child)
    }
  }
  visit(root)
  // Those too small to be drawn are a cell without being a node of the tree.
  if (active !== null && !order.includes(active)) order.push(active)
  return order
}

const itemId = (id, node) => `${id}-${node.index}`

function Item({ id, node, totalBytes }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and names its active item
    <div
      role="treeitem"
      id={itemId(id, node)}
      aria-level={node.level + 1}
      aria-posinset={node.parent.children.indexOf(node) + 1 || node.parent.children.length}
      aria-setsize={node.parent.children.length}
      aria-label={spokenOf(node.row, totalBytes)}
    />
  )
}

/** The figures of a cell, beside the pointer. A screen reader has them in the tree. */
function Tip({ row, above, totalBytes, at, width, height }) {
  const isLeft = at.x < width / 2
  const isTop = at.y < height / 2
  const side = isLeft ? at.x : width - at.x
  const style = {
    [isLeft ? 'left' : 'right']: `${side + TIP_DISTANCE}px`,
    [isTop ? 'top' : 'bottom']: `${(isTop ? at.y : height - at.y) + TIP_DISTANCE}px`,
    maxWidth: `${Math.min(TIP_WIDTH, width - side - TIP_DISTANCE)}px`
  }
  return (
    <div class="cells-tip" style={style} aria-hidden="true">
      {above.length > 0 && <p class="cells-tip-path">{above.map(nameOf).join(' → ')}</p>}
      <p class="cells-tip-name">{nameOf(row)}</p>
      <dl>
        {figuresOf(row, totalBytes).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function boxOf({ x0, y0, x1, y1 }) {
  return { left: `${x0}px`, top: `${y0}px`, width: `${x1 - x0}px`, height: `${y1 - y0}px` }
}

/** Where the box of a cell that keys led to begins. */
function cornerOf({ x0, y0, x1, y1 }) {
  return { x: Math.min(x0 + 24, x1), y: Math.min(y0 + 24, y1) }
}

/** Brings a cell into view, as the browser does with elements. */
function scrollTo(host, { y0, y1 }) {
  const top = host.getBoundingClientRect().top
  if (top + y0 < 0) scrollBy(0, top + y0)
  else if (top + y1 > innerHeight) scrollBy(0, top + y1 - innerHeight)
}
