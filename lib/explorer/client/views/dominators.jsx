/** Which object keeps which alive: the dominator tree. */

import { ask } from '../data/api.mjs'
import { treeTable } from '../data/markdown.mjs'
import { href, route, setOptions } from '../data/route.mjs'
import { bytes, plural } from '../data/words.mjs'
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
import { Filter, Switch, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useTree } from '../parts/use-tree.mjs'

const COLUMNS = [
  {
    id: 'id',
    label: 'Object',
    sort: 'id',
    text: (row) => `${objectText(row)}${row.folded > 0 ? ` (and ${row.folded} below it)` : ''}`,
    cell: (row, item) => (
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

const AS = [
  ['table', 'Table'],
  ['treemap', 'Treemap'],
  ['icicle', 'Icicle']
]

function useDominatorTree({ file, id, filter, sort, order }) {
  const load = async (row, page, abort) => {
    const narrowed = row === null ? { filter } : {}
    const answer = await ask(
      'dominators',
      { file, id: row === null ? id : row.endId, sort, order, ...narrowed, ...page },
      abort
    )
    // Nothing keeps an object that is not in the snapshot.
    if (answer === null) return { total: 0, rows: [] }
    return { ...answer, rest: bytes(answer.others.retainedBytes) }
  }
  return useTree({ load, keyOf: (row) => String(row.id), canOpen: (row) => row.hasChildren }, [
    file,
    id,
    filter,
    sort,
    order
  ])
}

export function DominatorTree({ file, id, label, empty }) {
  const { filter, sort = 'retainedBytes', order } = route.value.options
  const tree = useDominatorTree({ file, id, filter, sort, order })
  return (
    <>
      <div class="part-tools">
        <Filter value={filter} />
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
      hrefOf={(row) => href('object', row.id)}
      sorted={sorting(sort, order)}
      onSort={(by, direction) => setOptions({ sort: by, order: direction, open: undefined })}
      empty={empty}
    />
  )
}

export function Dominators() {
  const { file, options } = route.value
  const { filter, sort = 'retainedBytes', order, as = 'table', below } = options
  const tree = useDominatorTree({ file, id: undefined, filter, sort, order })
  return (
    <div class="list-view">
      <Toolbar
        title="Dominators"
        hint="Which object keeps which alive. Freeing one frees all that is below it."
      >
        {as === 'table' && <Filter value={filter} />}
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
        <HeapChart of="dominators" as={as} below={below} />
      )}
    </div>
  )
}
