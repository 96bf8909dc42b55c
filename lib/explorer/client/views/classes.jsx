/** All classes, as in the Summary view of DevTools. A class opens by what holds its objects, and then into these. */

import { ask } from '../data/api.mjs'
import { treeTable } from '../data/markdown.mjs'
import { classHref, href, route, setOptions } from '../data/route.mjs'
import { isReady, summary } from '../data/summary.mjs'
import {
  countColumn,
  distanceColumn,
  ObjectName,
  objectText,
  ownColumn,
  percentColumn,
  retainedColumn,
  sorting
} from '../parts/columns.jsx'
import { Copy } from '../parts/copy.jsx'
import { createdColumn } from '../parts/created.jsx'
import { Name, PathName, Place } from '../parts/name.jsx'
import { Choice, Filter, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useTree } from '../parts/use-tree.mjs'

const SETS = [
  ['all', 'All objects'],
  ['unreachable', 'Nothing leads to'],
  ['contexts', 'Held by scopes only'],
  ['detached', 'Detached nodes'],
  ['eventHandlers', 'Held by event handlers'],
  ['console', 'Held by the console']
]

const isClass = (row) => row.classId !== undefined
const isHolder = (row) => row.holder !== undefined

/** Every row knows the class that it is below. */
async function load(row, page, abort, { file, options }) {
  const { sort, order, filter, only } = options
  const where = { file, ...page, only }
  if (row === null) {
    const retained = isReady()
    const list = retained ? { sort, order } : { sort: ownSort(sort), order, retained }
    return ask('classes', { ...where, ...list, filter }, abort)
  }
  const of = { ...where, classId: isClass(row) ? row.classId : row.of }
  if (isClass(row)) {
    const answer = await ask('instances', { ...of, groupBy: 'holder' }, abort)
    return {
      ...answer,
      rows: answer.rows.map((it) => ({ ...it, of: row.classId, className: row.className }))
    }
  }
  return ask('instances', { ...of, holder: row.holder.key }, abort)
}

/** Without retained sizes, classes are sorted by what is known. */
function ownSort(sort) {
  return sort === 'count' || sort === 'name' ? sort : 'selfBytes'
}

function keyOf(row) {
  if (isClass(row)) return `c${row.classId}`
  return isHolder(row) ? `${row.of}-${row.holder.key}` : `o${row.id}`
}

function hrefOf(row) {
  const { only } = route.value.options
  if (isClass(row)) return classHref(row.className, { id: row.classId, only })
  if (isHolder(row)) return classHref(row.className, { id: row.of, holder: row.holder.key, only })
  return href('object', row.id)
}

const textOf = (row) => {
  if (isClass(row)) return row.className
  return isHolder(row) ? row.path.join(' → ') : objectText(row)
}

function ClassName({ row, href: to }) {
  if (isHolder(row)) return <PathName path={row.path} href={to} />
  if (!isClass(row)) return <ObjectName row={row} href={to} />
  return (
    <>
      <Name text={row.className} href={to} />
      <Place location={row.location} />
    </>
  )
}

const COLUMNS = [
  {
    id: 'name',
    label: 'Class',
    sort: 'name',
    text: textOf,
    cell: (row, item) => <ClassName row={row} href={item.href} />
  },
  distanceColumn,
  { ...countColumn, text: (row) => countColumn.text({ count: row.count ?? row.objects }) },
  { ...ownColumn, text: (row) => ownColumn.text({ selfBytes: row.selfBytes ?? row.objectBytes }) },
  {
    ...retainedColumn(),
    text: (row) => (isHolder(row) ? '' : retainedColumn().text(row))
  },
  percentColumn()
]

const columnsOf = ({ recorded }) =>
  recorded === undefined ? COLUMNS : COLUMNS.toSpliced(1, 0, createdColumn)

export function Classes() {
  const { file, options } = route.value
  const { sort = 'retainedBytes', order, filter, only } = options
  const columns = columnsOf(summary.value ?? {})
  const inputs = [file, sort, order, filter, only, isReady()]
  const tree = useTree(
    {
      load: (row, page, abort) => load(row, page, abort, { file, options: { ...options, sort } }),
      keyOf,
      canOpen: (row) => isClass(row) || isHolder(row)
    },
    inputs
  )
  return (
    <div class="list-view">
      <Toolbar title="Classes" hint="Objects by their constructor, as Chrome DevTools counts them.">
        <Filter value={filter} />
        <Choice label="Show" name="only" value={only} choices={SETS} />
        <Copy text={() => treeTable(tree, columns)} />
      </Toolbar>
      <TreeTable
        label="Classes"
        tree={tree}
        columns={columns}
        hrefOf={hrefOf}
        sorted={sorting(isReady() ? sort : ownSort(sort), order)}
        onSort={(by, direction) => setOptions({ sort: by, order: direction })}
        empty={
          filter
            ? 'No class has this in its name. Change the filter.'
            : 'No objects are in this set.'
        }
      />
    </div>
  )
}
