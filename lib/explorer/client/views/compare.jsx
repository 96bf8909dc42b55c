/** This file beside the others: the verdict, and what has grown. */

import { Sparkline } from '../charts/sparkline.jsx'
import { ask } from '../data/api.mjs'
import { session } from '../data/files.mjs'
import { treeTable } from '../data/markdown.mjs'
import { classHref, href, route, setOptions } from '../data/route.mjs'
import { baseName, bytes, count, signed } from '../data/words.mjs'
import { Copy } from '../parts/copy.jsx'
import { Name, PathName, Place } from '../parts/name.jsx'
import { Empty } from '../parts/states.jsx'
import { Filter, Switch, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useTree } from '../parts/use-tree.mjs'
import { Changes } from './compare/changes.jsx'
import { Verdict } from './compare/verdict.jsx'

const LISTS = [
  ['holders', 'Holders'],
  ['classes', 'Classes'],
  ['objects', 'Objects']
]
const isHolder = (row) => row.holder !== undefined
const sizesOf = (row) => (isHolder(row) ? row.heldBytes : row.selfBytes)
/** The open file is the last. What is compared with it is the first. */
const deltaOf = (values) => values.at(-1) - values[0]
const textOf = (row) => (isHolder(row) ? row.path.join(' → ') : row.className)

function columns(list) {
  return [
    {
      id: 'name',
      label: list === 'holders' ? 'Holder' : 'Class',
      text: textOf,
      cell: (row, item) => (
        <>
          {isHolder(row) ? (
            <PathName path={row.path} href={item.href} />
          ) : (
            <Name text={row.className} href={item.href} />
          )}
          {isHolder(row) && <Place location={row.holder.location} />}
        </>
      )
    },
    {
      id: 'trend',
      label: 'Trend',
      width: '88px',
      text: (row) => sizesOf(row).map(bytes).join(' → '),
      cell: (row) => <Sparkline values={sizesOf(row)} label={sizesOf(row).map(bytes).join(', ')} />
    },
    {
      id: 'count',
      label: 'Objects',
      width: '92px',
      isMinor: true,
      text: ({ counts }) => count(counts.at(-1))
    },
    {
      id: 'countDelta',
      label: '+ Objects',
      sort: 'countDelta',
      width: '96px',
      isMinor: true,
      text: ({ counts }) => signed(deltaOf(counts), count)
    },
    {
      id: 'bytes',
      label: list === 'holders' ? 'Holds' : 'Own',
      sort: 'bytes',
      width: '92px',
      isMinor: true,
      text: (row) => bytes(sizesOf(row).at(-1))
    },
    {
      id: 'bytesDelta',
      label: '+ Bytes',
      sort: 'bytesDelta',
      width: '96px',
      text: (row) => signed(deltaOf(sizesOf(row)), bytes)
    }
  ]
}

export function Compare() {
  const { list = 'holders' } = route.value.options
  if (session.value.files.length < 2) {
    return (
      <Empty>
        Only one file is open. Name several after seep open, oldest first, to compare them.
      </Empty>
    )
  }
  const lists = <Switch label="List" name="list" value={list} choices={LISTS} />
  return (
    <div class="list-view">
      <Verdict />
      {list === 'objects' ? <Changes lists={lists} /> : <Series list={list} lists={lists} />}
    </div>
  )
}

/** Holders or classes, with a figure per file. */
function Series({ list, lists }) {
  const { file, options } = route.value
  const { filter, sort = 'bytesDelta', order } = options
  const tree = useTree(
    {
      load: (_, page, abort) => ask('compare', { file, list, filter, sort, order, ...page }, abort),
      keyOf: (row) => (isHolder(row) ? row.holder.key : row.className)
    },
    [file, list, filter, sort, order]
  )
  const shown = columns(list)
  return (
    <>
      <Toolbar title="What has changed" hint={<Files />}>
        <Filter value={filter} />
        {lists}
        <Copy text={() => treeTable(tree, shown)} />
      </Toolbar>
      <TreeTable
        label={list === 'holders' ? 'Changes by holder' : 'Changes by class'}
        tree={tree}
        columns={shown}
        hrefOf={(row) =>
          isHolder(row) ? href('holder', row.holder.key) : classHref(row.className)
        }
        sorted={{ sort, order: order ?? 'desc' }}
        onSort={(by, direction) => setOptions({ sort: by, order: direction })}
        empty={
          filter
            ? 'Nothing that changed has this in its name.'
            : 'Nothing differs between the files.'
        }
      />
    </>
  )
}

function Files() {
  const { files } = session.value
  const { file } = route.value
  const others = files.filter(({ index }) => index !== file)
  return (
    <>
      {baseName(files[file].path)} against {others.map(({ path }) => baseName(path)).join(', ')}
    </>
  )
}
