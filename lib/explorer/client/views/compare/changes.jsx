/** Which objects are new and which are gone since another file of the same process. */

import { ask } from '../../data/api.mjs'
import { session } from '../../data/files.mjs'
import { treeTable } from '../../data/markdown.mjs'
import { classHref, href, route, setOptions } from '../../data/route.mjs'
import { baseName, bytes, count, signed } from '../../data/words.mjs'
import { ObjectName, objectText, sorting } from '../../parts/columns.jsx'
import { Copy } from '../../parts/copy.jsx'
import { Name, PathName } from '../../parts/name.jsx'
import { Empty } from '../../parts/states.jsx'
import { Choice, Filter, Toolbar } from '../../parts/toolbar.jsx'
import { TreeTable } from '../../parts/tree-table.jsx'
import { useAnswer } from '../../parts/use-answer.mjs'
import { useTree } from '../../parts/use-tree.mjs'

const isClass = (row) => row.newCount !== undefined
const isHolder = (row) => row.holder !== undefined

function textOf(row) {
  if (isClass(row)) return row.className
  return isHolder(row) ? row.path.join(' → ') : objectText(row)
}

function RowName({ row, href: to }) {
  if (isHolder(row)) return <PathName path={row.path} href={to} />
  return isClass(row) ? <Name text={row.className} href={to} /> : <ObjectName row={row} href={to} />
}

/** Objects that are gone are new in the other file, seen from there. */
function Deleted({ row: { className, deletedCount }, file, since }) {
  if (deletedCount === 0) return '0'
  return (
    <Name
      text={count(deletedCount)}
      href={href('class', className, { since: file }, Number(since))}
    />
  )
}

/** Of a class; what is below it has figures of new objects alone. */
const figure = (of) => (row) => (isClass(row) ? of(row) : '')

function columns(where) {
  return [
    {
      id: 'name',
      label: 'Class',
      text: textOf,
      cell: (row, item) => <RowName row={row} href={item.href} />
    },
    {
      id: 'newCount',
      label: 'New',
      sort: 'newCount',
      width: '84px',
      text: (row) => (isClass(row) ? count(row.newCount) : isHolder(row) ? count(row.objects) : '')
    },
    {
      id: 'deletedCount',
      label: 'Deleted',
      sort: 'deletedCount',
      width: '92px',
      isMinor: true,
      text: figure((row) => count(row.deletedCount)),
      cell: (row) => isClass(row) && <Deleted row={row} {...where} />
    },
    {
      id: 'countDelta',
      label: '+ Objects',
      sort: 'countDelta',
      width: '96px',
      isMinor: true,
      text: figure((row) => signed(row.newCount - row.deletedCount, count))
    },
    {
      id: 'newBytes',
      label: 'Allocated',
      sort: 'newBytes',
      width: '96px',
      isMinor: true,
      text: (row) => bytes(row.newBytes ?? row.objectBytes ?? row.selfBytes)
    },
    {
      id: 'deletedBytes',
      label: 'Freed',
      sort: 'deletedBytes',
      width: '92px',
      isMinor: true,
      text: figure((row) => bytes(row.deletedBytes))
    },
    {
      id: 'bytesDelta',
      label: '+ Bytes',
      sort: 'bytesDelta',
      width: '96px',
      text: figure((row) => signed(row.newBytes - row.deletedBytes, bytes))
    }
  ]
}

/** A class opens by what holds its new objects, and then into these. */
async function load(row, page, abort, { file, since, filter, sort, order }) {
  const where = { file, since, ...page }
  if (row === null) return ask('changes', { ...where, sort, order, filter }, abort)
  if (!isClass(row)) {
    return ask('instances', { ...where, classId: row.of, holder: row.holder.key }, abort)
  }
  const list = { classId: row.classId, groupBy: 'holder' }
  const answer = await ask('instances', { ...where, ...list }, abort)
  return { ...answer, rows: answer.rows.map((it) => ({ ...it, of: row.classId })) }
}

function keyOf(row) {
  if (isClass(row)) return `c${row.classId ?? row.className}`
  return isHolder(row) ? `${row.of}-${row.holder.key}` : `o${row.id}`
}

function hrefOf(row, since) {
  if (isHolder(row)) return href('holder', row.holder.key)
  if (!isClass(row)) return href('object', row.id)
  return row.newCount === 0 ? undefined : classHref(row.className, { id: row.classId, since })
}

export function Changes({ lists }) {
  const { file, options } = route.value
  const { files } = session.value
  const others = files.filter(({ index }) => index !== file)
  const { filter, order, since = String(others[0].index), sort = 'bytesDelta' } = options
  const { answer } = useAnswer('changes', { file, since, limit: 0 })
  const tree = useTree(
    {
      load: (row, page, abort) => load(row, page, abort, { file, since, filter, sort, order }),
      keyOf,
      canOpen: (row) => isHolder(row) || row.newCount > 0
    },
    [file, since, filter, sort, order]
  )
  const shown = columns({ file, since })
  const isStrange = answer?.isSameProcess === false
  return (
    <>
      <Toolbar
        title="New and deleted objects"
        hint={answer && !isStrange && <Totals {...answer} />}
      >
        <Filter value={filter} />
        {lists}
        {others.length > 1 && (
          <Choice
            label="Since"
            name="since"
            value={since}
            choices={others.map(({ index, path }) => [String(index), baseName(path)])}
          />
        )}
        <Copy text={() => treeTable(tree, shown)} />
      </Toolbar>
      {isStrange ? (
        <Empty>
          These files are not from one process: the same ids are of other objects. Holders and
          classes can be compared, single objects cannot.
        </Empty>
      ) : (
        <TreeTable
          label="New and deleted objects by class"
          tree={tree}
          columns={shown}
          hrefOf={(row) => hrefOf(row, since)}
          sorted={sorting(sort, order)}
          onSort={(by, direction) => setOptions({ sort: by, order: direction })}
          empty={
            filter
              ? 'Nothing that changed has this in its name.'
              : 'Both files have the same objects.'
          }
        />
      )}
    </>
  )
}

function Totals({ newCount, newBytes, deletedCount, deletedBytes }) {
  return (
    <>
      {count(newCount)} new ({bytes(newBytes)}), {count(deletedCount)} deleted (
      {bytes(deletedBytes)})
    </>
  )
}
