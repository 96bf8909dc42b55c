/**
 * A tree as a table: the `treegrid` of the WAI-ARIA practices. Only rows in view are elements.
 *
 * The table has the focus and points to the active row, so a row can leave the view without taking the focus with it.
 */

import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { go, rememberedScroll, rememberScroll } from '../data/route.mjs'
import { count } from '../data/words.mjs'
import { Icon } from './icon.jsx'
import { Empty, Failure } from './states.jsx'
import { ROW_HEIGHT, useRows } from './use-rows.mjs'

const HEADER_HEIGHT = 34
const SCROLL_SAVED_MS = 150

/**
 * @param {object} props
 * @param {string} props.label
 * @param {import('../data/tree.js').Tree} props.tree
 * @param {{ id: string, label: string, text: (row: object) => string, cell?: (row: object, item: object) => unknown, share?: (row: object) => number, sort?: string, isMinor?: boolean, isText?: boolean, width?: string }[]} props.columns the
 *   first one has the names
 * @param {(row: object) => string | undefined} [props.hrefOf] where a row leads to
 * @param {{ sort: string, order: string }} [props.sorted]
 * @param {(sort: string, order: string | undefined) => void} [props.onSort]
 * @param {Record<string, (row: object) => void>} [props.keys] what keys do with the active row
 * @param {string} [props.empty] shown if there are no rows
 */
export function TreeTable(props) {
  const { tree, empty } = props
  tree.version.value
  if (tree.root.error !== null) {
    return <Failure error={tree.root.error} onRetry={() => tree.retry(tree.root)} />
  }
  if (tree.isEmpty) return <Empty>{empty ?? 'There is nothing here.'}</Empty>
  return <Grid {...props} />
}

function Grid({ label, tree, columns, hrefOf, sorted, onSort, keys = {} }) {
  const ref = useRef(null)
  const id = useId()
  const [active, setActive] = useState(0)
  tree.version.value
  const size = tree.size
  const list = useRows(ref, size, HEADER_HEIGHT)
  const visible = list.rows
  const [first, last] = [visible[0]?.index ?? 0, visible.at(-1)?.index ?? 0]
  useEffect(() => tree.want(first, Math.min(last + 1, tree.size)))
  useRestoredScroll(label, tree, ref, list)
  const at = Math.min(active, size - 1)
  const move = (to) => {
    const next = Math.max(0, Math.min(size - 1, to))
    setActive(next)
    list.reveal(next)
  }
  const onKeyDown = (event) => {
    if (event.target !== ref.current || event.ctrlKey || event.metaKey || event.altKey) return
    const act = actionOf(event.key, { tree, at, size, list, move, hrefOf, keys })
    if (act === undefined) return
    event.preventDefault()
    act()
  }
  return (
    <div
      ref={ref}
      class="tree-table"
      role="treegrid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={tree.root.total === null ? -1 : size + 1}
      aria-colcount={columns.length}
      aria-activedescendant={`${id}-${at}`}
      style={{ '--columns': widthsOf(columns), '--columns-narrow': widthsOf(columns, true) }}
      onKeyDown={onKeyDown}
    >
      <Head columns={columns} sorted={sorted} onSort={onSort} />
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there */}
      <div class="rows" role="rowgroup" style={{ height: `${list.height}px` }}>
        {visible.map(({ index, top }) => (
          <Row
            key={index}
            id={`${id}-${index}`}
            index={index}
            top={top}
            isActive={index === at}
            item={tree.at(index)}
            tree={tree}
            columns={columns}
            hrefOf={hrefOf}
            onActivate={() => setActive(index)}
          />
        ))}
      </div>
    </div>
  )
}

/** Returns what a key does, or undefined. */
function actionOf(key, { tree, at, size, list, move, hrefOf, keys }) {
  const { row, branch, index, isOpen, isMore } = tree.at(at)
  const canOpen = row !== undefined && tree.canOpen(row)
  switch (key) {
    case 'ArrowDown':
      return () => move(at + 1)
    case 'ArrowUp':
      return () => move(at - 1)
    case 'PageDown':
      return () => move(at + list.perView())
    case 'PageUp':
      return () => move(at - list.perView())
    case 'Home':
      return () => move(0)
    case 'End':
      return () => move(size - 1)
    case 'ArrowRight':
      if (canOpen && isOpen) return () => move(at + 1)
      return canOpen || isMore ? () => tree.toggle(at) : undefined
    case 'ArrowLeft':
      if (isOpen) return () => tree.toggle(at)
      return branch.parent === null ? undefined : () => move(parentOf(tree, at, branch, index))
    case ' ':
      return canOpen || isMore ? () => tree.toggle(at) : () => {}
    case 'Enter':
      if (isMore) return () => tree.toggle(at)
      if (row === undefined) return undefined
      return () => {
        const href = hrefOf?.(row)
        if (href !== undefined) go(href)
        else tree.toggle(at)
      }
    default:
      return row !== undefined && keys[key] ? () => keys[key](row) : undefined
  }
}

/** Returns the position of the row that has a branch. */
function parentOf(tree, at, branch) {
  let position = at - 1
  while (position > 0 && !isRowOf(tree.at(position), branch)) position--
  return position
}

function isRowOf(item, branch) {
  return item.branch === branch.parent && item.branch.open.get(item.index) === branch
}

function useRestoredScroll(name, tree, ref, list) {
  const isRestored = useRef(false)
  useEffect(() => {
    if (isRestored.current || tree.root.total === null || ref.current === null) return
    isRestored.current = true
    const offset = rememberedScroll(name)
    if (offset > 0) list.scrollTo(offset)
  })
  useEffect(() => {
    let timer
    const onScroll = () => {
      clearTimeout(timer)
      timer = setTimeout(() => rememberScroll(name, list.offset()), SCROLL_SAVED_MS)
    }
    const element = ref.current
    element?.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      clearTimeout(timer)
      element?.removeEventListener('scroll', onScroll)
    }
  }, [tree])
}

function widthsOf(columns, isNarrow = false) {
  return columns
    .filter(({ isMinor }) => !(isNarrow && isMinor))
    .map(({ width }, i) => width ?? (i === 0 ? 'minmax(0, 1fr)' : '104px'))
    .join(' ')
}

function classesOf({ isMinor, isText = false }, at) {
  const isNumber = at > 0 && !isText
  return `${isNumber ? ' num' : ''}${isText ? ' words' : ''}${isMinor ? ' minor' : ''}`
}

function Head({ columns, sorted, onSort }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there
    <div class="head" role="rowgroup">
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the table has the focus */}
      <div class="row" role="row" aria-rowindex={1}>
        {columns.map((column, i) => (
          <HeadCell key={column.id} column={column} at={i} sorted={sorted} onSort={onSort} />
        ))}
      </div>
    </div>
  )
}

function HeadCell({ column, at, sorted, onSort }) {
  const { sort, label } = column
  const isSorted = sort !== undefined && sorted?.sort === sort
  const direction = isSorted ? (sorted.order === 'asc' ? 'ascending' : 'descending') : undefined
  const other = sorted?.order === 'asc' ? 'desc' : 'asc'
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there
    // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
    <div
      class={`cell${classesOf(column, at)}`}
      role="columnheader"
      aria-colindex={at + 1}
      aria-sort={direction}
    >
      {sort === undefined || onSort === undefined ? (
        label
      ) : (
        <button
          type="button"
          class="sort"
          data-direction={direction}
          onClick={() => onSort(sort, isSorted ? other : undefined)}
        >
          {label}
        </button>
      )}
    </div>
  )
}

function Row({ id, index, top, isActive, item, tree, columns, hrefOf, onActivate }) {
  const { row, branch, depth, isMore, isOpen, error } = item
  const canOpen = row !== undefined && tree.canOpen(row)
  const toggle = () => tree.toggle(index)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there
    // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
    // biome-ignore lint/a11y/useKeyWithClickEvents: the table handles the keys
    <div
      id={id}
      class="row"
      role="row"
      aria-rowindex={index + 2}
      aria-level={depth + 1}
      aria-expanded={canOpen ? isOpen : undefined}
      aria-selected={isActive}
      aria-busy={row === undefined && !isMore && error === null ? true : undefined}
      style={{ transform: `translateY(${top}px)`, height: `${ROW_HEIGHT}px`, '--depth': depth }}
      onClick={onActivate}
    >
      {row === undefined ? (
        <Rest
          item={item}
          columns={columns.length}
          onMore={toggle}
          onRetry={() => tree.retry(branch)}
        />
      ) : (
        columns.map((column, i) => (
          <Cell key={column.id} column={column} at={i} row={row} item={item}>
            {i === 0 && <Twisty canOpen={canOpen} isOpen={isOpen} onClick={toggle} />}
            {cellOf(column, row, item, i === 0 ? hrefOf?.(row) : undefined)}
          </Cell>
        ))
      )}
    </div>
  )
}

function cellOf({ cell, text }, row, item, href) {
  return cell === undefined ? text(row) : cell(row, { ...item, href })
}

function Cell({ column, at, row, item, children }) {
  const share = column.share?.(row, item)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there
    // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
    <div
      class={`cell${at === 0 ? ' first' : ''}${classesOf(column, at)}${share === undefined ? '' : ' share'}`}
      role="gridcell"
      aria-colindex={at + 1}
      style={share === undefined ? undefined : { '--share': Math.min(1, share) }}
    >
      {children}
    </div>
  )
}

/** Opens a row by mouse; by keyboard, the table does. */
function Twisty({ canOpen, isOpen, onClick }) {
  if (!canOpen) return <span class="twisty" />
  return (
    <span class="twisty" data-open={isOpen} aria-hidden="true" onClick={onClick}>
      <Icon name="chevron" />
    </span>
  )
}

/** A row that is not here: on its way, failed, or one of many that are shown on demand. */
function Rest({ item, columns, onMore, onRetry }) {
  const { branch, isMore, error } = item
  const rest = branch.total - branch.shown
  const size = branch.answer?.rest
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot have rows that are not there
    // biome-ignore lint/a11y/useFocusableInteractive: the table has the focus
    <div class="cell first rest" role="gridcell" aria-colspan={columns}>
      <span class="twisty" />
      {error !== null && (
        <button type="button" class="link" tabIndex={-1} onClick={onRetry}>
          {error.message} Try again
        </button>
      )}
      {isMore && (
        <button type="button" class="link" tabIndex={-1} onClick={onMore}>
          {count(rest)} others{size === undefined ? '' : `, ${size}`}
        </button>
      )}
      {error === null && !isMore && <span class="placeholder">Loading…</span>}
    </div>
  )
}
