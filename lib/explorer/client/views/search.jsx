/** What a search finds: classes and holders by words, objects by an expression. */

import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../data/api.mjs'
import { treeTable } from '../data/markdown.mjs'
import { classHref, href, route, setOptions } from '../data/route.mjs'
import { count, oneLine } from '../data/words.mjs'
import {
  countColumn,
  objectColumns,
  ownColumn,
  percentColumn,
  retainedColumn,
  sorting
} from '../parts/columns.jsx'
import { Copy } from '../parts/copy.jsx'
import { Name, PathName, Place } from '../parts/name.jsx'
import { Empty, Failure, Loading } from '../parts/states.jsx'
import { Switch, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useAnswer } from '../parts/use-answer.mjs'
import { useTree } from '../parts/use-tree.mjs'

const TERMS = [
  ['class:Session', 'of this class'],
  ['in:sessions', 'below a holder with this in its name, class or file'],
  ['retained>1MB', 'by size; also self>… and distance<…'],
  ['name:onData', 'whose own name contains this'],
  ['kind:closure', 'of a type of V8’s'],
  ['@1234', 'with this id']
]

const pathOf = (row) => row.path.join(' → ')

const LISTS = {
  classes: {
    keyOf: ({ classId }) => String(classId),
    hrefOf: ({ className, classId }) => classHref(className, { id: classId }),
    columns: [
      {
        id: 'name',
        label: 'Class',
        text: ({ className }) => className,
        cell: (row, item) => (
          <>
            <Name text={row.className} href={item.href} />
            <Place location={row.location} />
          </>
        )
      },
      countColumn,
      ownColumn,
      retainedColumn(),
      percentColumn()
    ]
  },
  holders: {
    keyOf: ({ holder }) => holder.key,
    hrefOf: ({ holder }) => href('holder', holder.key),
    columns: [
      {
        id: 'path',
        label: 'Holder',
        text: pathOf,
        cell: (row, item) => (
          <>
            <PathName path={row.path} href={item.href} />
            <Name class="what" text={row.holder.label} />
            <Place location={row.holder.location} />
          </>
        )
      },
      { id: 'count', label: 'Objects', width: '92px', text: ({ holder }) => count(holder.count) },
      {
        ...retainedColumn('heldBytes', 'Holds'),
        sort: undefined,
        text: ({ holder }) => retainedColumn('heldBytes').text(holder),
        share: ({ holder }) => retainedColumn('heldBytes').share(holder)
      }
    ]
  },
  objects: {
    keyOf: ({ id }) => String(id),
    hrefOf: ({ id }) => href('object', id),
    columns: objectColumns
  }
}

export function Search() {
  const { file, options } = route.value
  const { q = '', list } = options
  const { answer, error } = useAnswer(q === '' ? null : 'find', { file, expression: q, limit: 0 })
  const totals = answer && Object.entries(LISTS).map(([name]) => [name, answer[name].total])
  const found = totals?.filter(([, total]) => total > 0) ?? []
  const shown = found.some(([name]) => name === list) ? list : found[0]?.[0]
  return (
    <div class="list-view">
      <Toolbar title="Search" />
      <Query value={q} />
      {error !== null && <Failure error={error} />}
      {q !== '' && answer === undefined && error === null && <Loading>Searching…</Loading>}
      {(q === '' || (answer && found.length === 0)) && <Help q={q} />}
      {shown !== undefined && (
        <Found key={`${shown} ${q}`} file={file} q={q} list={shown}>
          <Switch
            label="Found"
            name="list"
            value={shown}
            choices={found.map(([name, total]) => [
              name,
              `${name[0].toUpperCase()}${name.slice(1)} (${count(total)})`
            ])}
          />
        </Found>
      )}
    </div>
  )
}

function Query({ value }) {
  const [text, setText] = useState(value)
  const ref = useRef(null)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    if (value === '') ref.current.focus()
  }, [])
  const submit = (event) => {
    event.preventDefault()
    setOptions({ q: text, list: undefined })
  }
  return (
    <form class="query" onSubmit={submit}>
      <input
        ref={ref}
        type="search"
        aria-label="Search"
        placeholder="A class, variable, file, @id or expression"
        spellcheck={false}
        value={text}
        onInput={({ target }) => setText(target.value)}
      />
      <button type="submit" class="primary">
        Search
      </button>
    </form>
  )
}

function Found({ file, q, list, children }) {
  const { sort = 'retainedBytes', order } = route.value.options
  const { keyOf, hrefOf, columns } = LISTS[list]
  const isSorted = list === 'objects'
  const tree = useTree(
    {
      load: (_, page, abort) => {
        const sorted = isSorted ? { sort, order } : {}
        return ask('find', { file, expression: q, list, ...sorted, ...page }, abort)
      },
      keyOf
    },
    [file, q, list, sort, order]
  )
  return (
    <>
      <div class="part-tools">
        {children}
        <Copy text={() => treeTable(tree, columns)} />
      </div>
      <TreeTable
        label="Found"
        tree={tree}
        columns={isSorted ? columns : columns.map((it) => ({ ...it, sort: undefined }))}
        hrefOf={hrefOf}
        sorted={sorting(sort, order)}
        onSort={(by, direction) => setOptions({ sort: by, order: direction })}
      />
    </>
  )
}

function Help({ q }) {
  return (
    <div class="help">
      {q !== '' && (
        <Empty>Nothing is called “{oneLine(q)}”. Check the spelling, or use fewer terms.</Empty>
      )}
      <p>Words search classes and holders. These terms search objects, and all of them must fit:</p>
      <dl class="terms">
        {TERMS.map(([term, meaning]) => (
          <div key={term}>
            <dt>
              <code>{term}</code>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
