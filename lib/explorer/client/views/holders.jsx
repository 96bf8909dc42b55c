/** What holds the memory, by the names in the program: module → variable → Map → [n × Session]. */

import { ask } from '../data/api.mjs'
import { treeTable } from '../data/markdown.mjs'
import { href, route, setOptions } from '../data/route.mjs'
import { bytes } from '../data/words.mjs'
import {
  countColumn,
  HolderName,
  holderText,
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

export const HOLDER_COLUMNS = [
  {
    id: 'name',
    label: 'Holder',
    sort: 'name',
    text: holderText,
    cell: (row, item) => <HolderName row={row} href={item.href} />
  },
  countColumn,
  ownColumn,
  retainedColumn('heldBytes', 'Holds'),
  percentColumn('heldBytes')
]

const hrefOfHolder = (row) => href('holder', row.key)

/** The holders below one, or all. */
export function useHolders(key) {
  const { file, options } = route.value
  const { filter, sort = 'heldBytes', order } = options
  const load = async (row, page, abort) => {
    const narrowed = row === null ? { filter } : {}
    const asked = { file, key: row === null ? key : row.key, sort, order, ...narrowed, ...page }
    const answer = (await ask('holders', asked, abort)) ?? { total: 0, rows: [] }
    if (row === null) return answer
    const shown = answer.rows.reduce((sum, { heldBytes }) => sum + heldBytes, 0)
    return { ...answer, rest: bytes(Math.max(0, row.heldBytes - row.selfBytes - shown)) }
  }
  return useTree({ load, keyOf: (row) => row.key, canOpen: (row) => row.hasChildren }, [
    file,
    key,
    filter,
    sort,
    order
  ])
}

export function HolderTable({ tree, label, empty }) {
  const { sort = 'heldBytes', order } = route.value.options
  return (
    <TreeTable
      label={label}
      tree={tree}
      columns={HOLDER_COLUMNS}
      hrefOf={hrefOfHolder}
      sorted={sorting(sort, order)}
      onSort={(by, direction) => setOptions({ sort: by, order: direction, open: undefined })}
      empty={empty}
    />
  )
}

export function Holders() {
  const { filter, as = 'table', below } = route.value.options
  const tree = useHolders(undefined)
  return (
    <div class="list-view">
      <Toolbar
        title="Holders"
        hint="What holds the memory, by the names in your program. Each object counts once, so the sizes add up to the heap."
      >
        {as === 'table' && <Filter value={filter} />}
        <Switch
          label="Show as"
          name="as"
          value={as}
          choices={[
            ['table', 'Table'],
            ['icicle', 'Icicle'],
            ['treemap', 'Treemap']
          ]}
        />
        {as === 'table' && <Copy text={() => treeTable(tree, HOLDER_COLUMNS)} />}
      </Toolbar>
      {as === 'table' ? (
        <HolderTable
          tree={tree}
          label="Holders"
          empty="No path begins with this name. Search (Ctrl K) looks at all levels."
        />
      ) : (
        <HeapChart of="holders" as={as} below={below} />
      )}
    </div>
  )
}
