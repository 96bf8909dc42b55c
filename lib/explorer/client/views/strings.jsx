/** Strings that are in memory more than once, by what holds the copies. */

import { ask } from '../data/api.mjs'
import { session } from '../data/files.mjs'
import { treeTable } from '../data/markdown.mjs'
import { href, route, setOptions } from '../data/route.mjs'
import { totalBytes } from '../data/summary.mjs'
import { bytes, clipped, count, percent, plural } from '../data/words.mjs'
import { Copy } from '../parts/copy.jsx'
import { Name, PathName } from '../parts/name.jsx'
import { Filter, Toolbar } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useAnswer } from '../parts/use-answer.mjs'
import { useTree } from '../parts/use-tree.mjs'

const isHolder = (row) => row.holder !== undefined

/** A string by its contents, if these may be shown; otherwise by one of its copies. */
function textOf(row, isShown) {
  if (isHolder(row)) return row.path.join(' → ')
  return isShown && row.text !== null ? JSON.stringify(row.text) : `string @${row.sampleId}`
}

function columns(isShown, totals) {
  return [
    {
      id: 'name',
      label: 'Held by',
      text: (row) => textOf(row, isShown),
      cell: (row, item) =>
        isHolder(row) ? (
          <PathName path={row.path} href={item.href} />
        ) : (
          <Name text={textOf(row, isShown)} href={item.href} />
        )
    },
    {
      id: 'copies',
      label: 'Copies',
      sort: 'copies',
      width: '92px',
      text: (row) => count(row.copies)
    },
    {
      id: 'distinct',
      label: 'Different',
      width: '92px',
      isMinor: true,
      text: (row) => (isHolder(row) ? count(row.distinct) : '')
    },
    {
      id: 'selfBytes',
      label: 'Own',
      sort: 'selfBytes',
      width: '84px',
      isMinor: true,
      text: (row) => bytes(row.selfBytes)
    },
    {
      id: 'wastedBytes',
      label: 'Wasted',
      sort: 'wastedBytes',
      text: (row) => bytes(row.wastedBytes),
      share: (row) => row.wastedBytes / (totals?.wastedBytes || Number.NaN)
    }
  ]
}

export function Strings() {
  const { file, options } = route.value
  const { filter, sort = 'wastedBytes', order } = options
  const canShow = session.value.contents
  const isShown = canShow && options.contents === 'shown'
  const { answer: totals } = useAnswer('strings', { file, limit: 0 })
  const tree = useTree(
    {
      load: (row, page, abort) => {
        const narrowed = row === null ? { filter } : { holder: row.holder.key }
        return ask('strings', { file, sort, order, ...narrowed, ...page }, abort)
      },
      keyOf: (row) => (isHolder(row) ? row.holder.key : `s${row.sampleId}`),
      canOpen: isHolder
    },
    [file, filter, sort, order]
  )
  const shown = columns(isShown, totals)
  return (
    <div class="list-view">
      <Toolbar title="Strings" hint={<Total totals={totals} />}>
        <Filter value={filter} />
        {canShow && (
          <button
            type="button"
            aria-pressed={isShown}
            onClick={() => setOptions({ contents: isShown ? undefined : 'shown' })}
          >
            {isShown ? 'Hide contents' : 'Show contents'}
          </button>
        )}
        <Copy text={() => treeTable(tree, shown)} />
      </Toolbar>
      {!canShow && (
        <p class="hint within">
          What strings say is not shown. To see it, start seep open with --contents.
        </p>
      )}
      <TreeTable
        label="Duplicate strings"
        tree={tree}
        columns={shown}
        hrefOf={(row) =>
          isHolder(row) ? href('holder', row.holder.key) : href('object', row.sampleId)
        }
        sorted={{ sort, order: order ?? 'desc' }}
        onSort={(by, direction) => setOptions({ sort: by, order: direction, open: undefined })}
        empty={
          filter
            ? `No holder has “${clipped(filter, 40)}” in its name.`
            : 'No string is in memory twice.'
        }
      />
    </div>
  )
}

function Total({ totals }) {
  if (!totals) return null
  const { extraCopies, wastedBytes } = totals
  return (
    <>
      {plural(extraCopies, 'redundant copy', 'redundant copies')} waste {bytes(wastedBytes)} (
      {percent(wastedBytes / totalBytes())} of the heap).
    </>
  )
}
