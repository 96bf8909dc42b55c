/** The objects of one class, or those of them that one holder has. */

import { ask } from '../data/api.mjs'
import { session } from '../data/files.mjs'
import { treeTable } from '../data/markdown.mjs'
import { href, route, setOptions } from '../data/route.mjs'
import { summary } from '../data/summary.mjs'
import { baseName, bytes, count, percent, plural } from '../data/words.mjs'
import { objectColumns, sorting } from '../parts/columns.jsx'
import { Copy } from '../parts/copy.jsx'
import { createdColumn } from '../parts/created.jsx'
import { Name, PathName } from '../parts/name.jsx'
import { Filter, Switch, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useAnswer } from '../parts/use-answer.mjs'
import { useTree } from '../parts/use-tree.mjs'
import { ClassStacks, classStackLines } from './class/stacks.jsx'

const HOLDER_COLUMNS = [
  {
    id: 'holder',
    label: 'Held by',
    text: (row) => row.path.join(' → '),
    cell: (row, item) => <PathName path={row.path} href={item.href} />
  },
  { id: 'objects', label: 'Objects', text: ({ objects }) => count(objects) },
  { id: 'bytes', label: 'Own', text: ({ objectBytes }) => bytes(objectBytes) }
]

/** The class by its id if it is known, which is quicker and certain; by its name otherwise. */
function whichClass(name, { id }) {
  return id === undefined ? { className: name } : { classId: id }
}

export function Class({ argument: name }) {
  const { file, options } = route.value
  const { by = 'objects', sort = 'retainedBytes', order, filter, only, since, holder } = options
  const of = { file, ...whichClass(name, options) }
  const isGrouped = by === 'holder'
  const tree = useTree(
    {
      load: (_, page, abort) => {
        const list = isGrouped ? { groupBy: 'holder' } : { sort, order, holder }
        return ask('instances', { ...of, ...page, ...list, only, since, filter }, abort)
      },
      keyOf: (row) => row.holder?.key ?? String(row.id)
    },
    [file, name, by, sort, order, filter, only, since, holder]
  )
  const isRecorded = summary.value?.recorded !== undefined
  const among = { only, since, holder, filter }
  const { answer: found } = useAnswer(isRecorded ? 'instances' : null, {
    ...of,
    ...among,
    limit: 0
  })
  const listColumns = isGrouped ? HOLDER_COLUMNS : objectColumns
  const columns = isRecorded ? listColumns.toSpliced(1, 0, createdColumn) : listColumns
  const hrefOf = (row) => {
    if (!isGrouped) return href('object', row.id)
    return href('class', name, {
      ...options,
      by: undefined,
      holder: row.holder.key,
      open: undefined
    })
  }
  return (
    <div class="list-view">
      <Toolbar
        title={<Name class="mono" text={name} />}
        hint={<Freed of={of} isPart={Boolean(holder || only || since)} />}
      >
        <Filter value={filter} />
        {holder === undefined && (
          <Switch
            label="Show as"
            name="by"
            value={by}
            choices={[
              ['objects', 'Objects'],
              ['holder', 'By holder']
            ]}
          />
        )}
        <Copy text={() => [...classStackLines(found), treeTable(tree, columns)].join('\n')} />
      </Toolbar>
      {since !== undefined && <Since since={since} name={name} options={options} />}
      <ClassStacks found={found} />
      {holder !== undefined && <Within holder={holder} name={name} options={options} file={file} />}
      <TreeTable
        label={isGrouped ? 'Holders of the objects' : 'Objects'}
        tree={tree}
        columns={columns}
        hrefOf={hrefOf}
        sorted={isGrouped ? undefined : sorting(sort, order)}
        onSort={(of, direction) => setOptions({ sort: of, order: direction })}
        empty="No object of this class is here. It may be in another file, or filtered out."
      />
    </div>
  )
}

/** What the whole class keeps alive. */
function Freed({ of, isPart }) {
  const { answer } = useAnswer(isPart ? null : 'whatIf', of)
  if (isPart || !answer) return null
  const { objects, freedBytes, share } = answer
  return (
    <>
      {plural(objects, 'object')}. Without them, at least {bytes(freedBytes)} ({percent(share)} of
      the heap) would be freed.
    </>
  )
}

function Since({ since, name, options }) {
  const { files } = session.value
  const { file } = route.value
  const all = href('class', name, { ...options, since: undefined, open: undefined })
  const other = files[since] === undefined ? 'another file' : baseName(files[since].path)
  return (
    <p class="within">
      In {baseName(files[file].path)}, but not in {other}. <a href={all}>Show all</a>
    </p>
  )
}

function Within({ holder, name, options, file }) {
  const { answer } = useAnswer('holder', { file, key: holder })
  const all = href('class', name, { ...options, holder: undefined, open: undefined })
  return (
    <p class="within">
      Held by{' '}
      {answer ? (
        <PathName
          path={answer.path.map(({ edge }) => edge.label)}
          href={href('holder', holder)}
          isFocusable
        />
      ) : (
        'one holder'
      )}
      . <a href={all}>Show all</a>
    </p>
  )
}
