/** References as a tree table: from an object to its fields, or back to what refers to it. */

import { treeTable } from '../../data/markdown.mjs'
import { href, route, setOptions } from '../../data/route.mjs'
import { objectName, reference } from '../../data/words.mjs'
import {
  distanceColumn,
  ObjectName,
  ownColumn,
  percentColumn,
  ReferenceName,
  retainedColumn
} from '../../parts/columns.jsx'
import { Copy } from '../../parts/copy.jsx'
import { Name } from '../../parts/name.jsx'
import { Filter } from '../../parts/toolbar.jsx'
import { TreeTable } from '../../parts/tree-table.jsx'
import { useTree } from '../../parts/use-tree.mjs'

/** A retainer, and the reference by which it holds. */
function RetainerName({ row, href: to }) {
  return (
    <>
      <Name class="edge" text={reference(row.edge)} />
      <span class="arrow">in</span>
      <ObjectName row={row} href={to} />
      {row.edge.kind === 'weak' && <span class="badge">weak</span>}
    </>
  )
}

export function ReferenceTable({
  label,
  load,
  inputs,
  canOpen,
  empty,
  action,
  keys,
  isUpward = false
}) {
  const { options } = route.value
  const { filter, sort, order } = options
  // The same object may be at the end of several references.
  const keyOf = ({ id, edge }) =>
    `${id}.${edge.kind[0]}${encodeURIComponent(edge.name.slice(0, 40))}`
  const tree = useTree({ load, keyOf, canOpen }, inputs)
  const word = isUpward ? 'in' : '→'
  const columns = [
    {
      id: 'reference',
      label,
      text: (row) => `${reference(row.edge)} ${word} ${objectName(row)} @${row.id}`,
      cell: (row, item) =>
        isUpward ? (
          <RetainerName row={row} href={item.href} />
        ) : (
          <ReferenceName row={row} href={item.href} />
        )
    },
    distanceColumn,
    ownColumn,
    retainedColumn(),
    ...(action === undefined ? [percentColumn()] : [action])
  ]
  const ascends = (sort ?? (isUpward ? 'distance' : undefined)) === 'distance'
  return (
    <>
      <div class="part-tools">
        <Filter value={filter} />
        <Copy text={() => treeTable(tree, columns)} />
      </div>
      <TreeTable
        label={label}
        tree={tree}
        columns={columns}
        hrefOf={({ id }) => href('object', id)}
        sorted={{
          sort: sort ?? (isUpward ? 'distance' : undefined),
          order: order ?? (ascends ? 'asc' : 'desc')
        }}
        onSort={(by, direction) => setOptions({ sort: by, order: direction, open: undefined })}
        keys={keys}
        empty={empty}
      />
    </>
  )
}
