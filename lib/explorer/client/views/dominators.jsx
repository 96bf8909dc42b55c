/** Which object keeps which alive: the dominator tree. */

import { ask } from '../data/api.mjs'
import { treeTable } from '../data/markdown.mjs'
import { classHref, href, route, setOptions } from '../data/route.mjs'
import { bytes, count, plural } from '../data/words.mjs'
import {
  distanceColumn,
  ObjectName,
  objectText,
  ownColumn,
  percentColumn,
  retainedColumn,
  sorting
} from '../parts/columns.jsx'
import { Copy } from '../parts/copy.jsx'
import { HeapChart } from '../parts/heap-chart.jsx'
import { Name } from '../parts/name.jsx'
import { Filter, Switch, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useTree } from '../parts/use-tree.mjs'

const isClass = (row) => row.classId !== undefined

function textOf(row) {
  if (isClass(row)) return `${count(row.count)} × ${row.className}`
  return `${objectText(row)}${row.folded > 0 ? ` (and ${row.folded} below it)` : ''}`
}

const COLUMNS = [
  {
    id: 'id',
    label: 'Object',
    sort: 'id',
    text: textOf,
    cell: (row, item) =>
      isClass(row) ? (
        <>
          <span class="what">{count(row.count)} ×</span>
          <Name text={row.className} href={item.href} />
        </>
      ) : (
        <>
          <ObjectName row={row} href={item.href} />
          {row.folded > 0 && (
            <span class="badge" title="Objects that each keep only the next one alive">
              + {plural(row.folded, 'link')}
            </span>
          )}
        </>
      )
  },
  distanceColumn,
  ownColumn,
  retainedColumn(),
  percentColumn()
]

const ROWS = [
  ['object', 'Objects'],
  ['class', 'By class']
]

const AS = [
  ['table', 'Table'],
  ['treemap', 'Treemap'],
  ['icicle', 'Icicle']
]

/** What is below a row. A row of a class knows the object that it is below. */
function below(row, { id, filter, isByClass }) {
  const groupBy = isByClass ? 'class' : undefined
  if (row === null) return { id, filter, groupBy }
  return isClass(row) ? { id: row.of, classId: row.classId } : { id: row.endId, groupBy }
}

function useDominatorTree({ file, id, filter, sort, order, by }) {
  const isByClass = by === 'class'
  const load = async (row, page, abort) => {
    const where = below(row, { id, filter, isByClass })
    const answer = await ask('dominators', { file, ...where, sort, order, ...page }, abort)
    // Nothing keeps an object that is not in the snapshot.
    if (answer === null) return { total: 0, rows: [] }
    const rows = answer.rows.map((it) => (isClass(it) ? (it.only ?? { ...it, of: where.id }) : it))
    return { ...answer, rows, rest: bytes(answer.others.retainedBytes) }
  }
  const keyOf = (row) => (isClass(row) ? `${row.of ?? ''}-${row.classId}` : String(row.id))
  const canOpen = (row) => isClass(row) || row.hasChildren
  return useTree({ load, keyOf, canOpen }, [file, id, filter, sort, order, by])
}

export function DominatorTree({ file, id, label, empty }) {
  const { filter, sort = 'retainedBytes', order, by } = route.value.options
  const tree = useDominatorTree({ file, id, filter, sort, order, by })
  return (
    <>
      <div class="part-tools">
        <Filter value={filter} />
        <Switch label="Rows" name="by" value={by} choices={ROWS} />
        <Copy text={() => treeTable(tree, COLUMNS)} />
      </div>
      <Table tree={tree} label={label} sort={sort} order={order} empty={empty} />
    </>
  )
}

function Table({ tree, label, sort, order, empty }) {
  return (
    <TreeTable
      label={label}
      tree={tree}
      columns={COLUMNS}
      hrefOf={(row) =>
        isClass(row) ? classHref(row.className, { id: row.classId }) : href('object', row.id)
      }
      sorted={sorting(sort, order)}
      onSort={(by, direction) => setOptions({ sort: by, order: direction, open: undefined })}
      empty={empty}
    />
  )
}

export function Dominators() {
  const { file, options } = route.value
  const { filter, sort = 'retainedBytes', order, as = 'table', by, below: top } = options
  const tree = useDominatorTree({ file, id: undefined, filter, sort, order, by })
  return (
    <div class="list-view">
      <Toolbar
        title="Dominators"
        hint="Which object keeps which alive. Freeing one frees all that is below it."
      >
        {as === 'table' && <Filter value={filter} />}
        {as === 'table' && <Switch label="Rows" name="by" value={by} choices={ROWS} />}
        <Switch label="Show as" name="as" value={as} choices={AS} />
        {as === 'table' && <Copy text={() => treeTable(tree, COLUMNS)} />}
      </Toolbar>
      {as === 'table' ? (
        <Table
          tree={tree}
          label="Dominators"
          sort={sort}
          order={order}
          empty="No object has this in its name."
        />
      ) : (
        <HeapChart of="dominators" as={as} below={top} />
      )}
    </div>
  )
}
