/** Columns that several lists have. */

import { totalBytes } from '../data/summary.mjs'
import { bytes, count, distance, objectName, percent, reference } from '../data/words.mjs'
import { Name, Place } from './name.jsx'

const shareOfHeap = (size) => size / totalBytes()

/** A size that is drawn as its share of the heap. */
export function retainedColumn(of = 'retainedBytes', label = 'Retained') {
  return {
    id: of,
    label,
    sort: of,
    text: (row) => (row[of] == null ? '…' : bytes(row[of])),
    share: (row) => (row[of] == null ? undefined : shareOfHeap(row[of]))
  }
}

export function percentColumn(of = 'retainedBytes') {
  return {
    id: 'percent',
    label: '% of heap',
    width: '84px',
    isMinor: true,
    text: (row) => (row[of] == null ? '' : percent(shareOfHeap(row[of])))
  }
}

export const ownColumn = {
  id: 'selfBytes',
  label: 'Own',
  sort: 'selfBytes',
  width: '84px',
  isMinor: true,
  text: ({ selfBytes }) => bytes(selfBytes)
}

export const countColumn = {
  id: 'count',
  label: 'Objects',
  sort: 'count',
  width: '92px',
  text: (row) => (row.count === undefined ? '' : count(row.count))
}

export const distanceColumn = {
  id: 'distance',
  label: 'Distance',
  sort: 'distance',
  width: '96px',
  isMinor: true,
  text: (row) => (row.distance === undefined ? '' : distance(row.distance))
}

/** An object: its class, V8's name for it, and its id. */
export function ObjectName({ row, href }) {
  return (
    <>
      <Name text={objectName(row)} href={href} />
      <span class="id">@{row.id}</span>
      <Place location={row.location} />
    </>
  )
}

export const objectText = (row) => `${objectName(row)} @${row.id}`

/** Columns of a list of objects. */
export const objectColumns = [
  {
    id: 'id',
    label: 'Object',
    sort: 'id',
    text: objectText,
    cell: (row, item) => <ObjectName row={row} href={item.href} />
  },
  distanceColumn,
  ownColumn,
  retainedColumn(),
  percentColumn()
]

const ASCENDING = ['distance', 'id', 'name']

/** Returns how a list is sorted: figures descend unless the address says otherwise. */
export function sorting(sort, order) {
  return { sort, order: order ?? (ASCENDING.includes(sort) ? 'asc' : 'desc') }
}

/** A reference and the object at its end. */
export function ReferenceName({ row, href }) {
  return (
    <>
      <Name class="edge" text={reference(row.edge)} />
      <span class="arrow" aria-hidden="true">
        →
      </span>
      <ObjectName row={row} href={href} />
    </>
  )
}

/** A holder: the step that leads to it, and what it has. */
export function HolderName({ row, href }) {
  const isMany = row.count > 1
  const isOrigin = row.edge.kind === 'root'
  return (
    <>
      <Name class={isOrigin ? 'name origin' : 'name'} text={row.edge.label} href={href} />
      {row.origin === 'exports' && isOrigin && <span class="what">exports</span>}
      {!isOrigin && (
        <>
          <span class="arrow" aria-hidden="true">
            →
          </span>
          <Name class="what" text={isMany ? `${count(row.count)} × ${row.label}` : row.label} />
        </>
      )}
      {!row.edge.label.endsWith(row.location?.label ?? '\0') && <Place location={row.location} />}
    </>
  )
}

export function holderText(row) {
  if (row.edge.kind === 'root') {
    return row.origin === 'exports' ? `${row.edge.label} exports` : row.edge.label
  }
  return `${row.edge.label} → ${row.count > 1 ? `${count(row.count)} × ` : ''}${row.label}`
}
