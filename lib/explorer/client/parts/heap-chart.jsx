/** The biggest cells of a tree as a picture: a treemap or an icicle. */

import { Icicle } from '../charts/icicle.jsx'
import { isGroup, nameOf } from '../charts/label.mjs'
import { Treemap } from '../charts/treemap.jsx'
import * as markdown from '../data/markdown.mjs'
import { classHref, go, href, route, setOptions } from '../data/route.mjs'
import { bytes, percent } from '../data/words.mjs'
import { Copy } from './copy.jsx'
import { Empty, Failure, Loading } from './states.jsx'
import { useAnswer } from './use-answer.mjs'

const CHARTS = { treemap: Treemap, icicle: Icicle }
/** More cells than can be told apart on a screen. */
const CELLS = 1500
const COPIED_ROWS = 40

/**
 * @param {{ of: 'dominators' | 'holders', as: 'treemap' | 'icicle', below?: string }} props `below`: id of the object, or key of the
 *   holder, whose tree is shown
 */
export function HeapChart({ of, as, below }) {
  const { file, options, view, argument } = route.value
  const start = below === undefined ? {} : { [of === 'holders' ? 'key' : 'id']: below }
  const { answer, error, retry } = useAnswer('tree', { file, of, ...start, limit: CELLS })
  if (error !== null) return <Failure error={error} onRetry={retry} />
  if (answer === undefined) return <Loading />
  if (answer === null || answer.rows.length === 0) return <Empty>There is nothing below it.</Empty>
  const Chart = CHARTS[as]
  const pick = (row) => {
    if (isGroup(row)) {
      go(classHref(row.className, { id: row.classId }))
      return
    }
    const inner = of === 'holders' ? row.key : row.id
    // A cell that stands for many others leads nowhere.
    if (inner === null || row.others > 0) return
    const isTop = row.parent === null || String(inner) === below
    if (isTop) go(of === 'holders' ? href('holder', inner) : href('object', inner))
    else go(href(view, argument, { ...options, below: inner }))
  }
  return (
    <div class="chart-view">
      <div class="part-tools">
        {below === undefined ? (
          <p class="hint">A click shows what is in a cell; a click on the outermost opens it.</p>
        ) : (
          <button type="button" onClick={() => setOptions({ below: undefined })}>
            Whole heap
          </button>
        )}
        <Copy text={() => describe(answer)} />
      </div>
      <Chart
        rows={answer.rows}
        totalBytes={answer.totalBytes}
        colour={of === 'holders' ? 'origin' : 'class'}
        onPick={pick}
        label={of === 'holders' ? 'Holders' : 'Dominators'}
      />
    </div>
  )
}

function describe({ rows, totalBytes }) {
  const listed = rows
    .slice(0, COPIED_ROWS)
    .map((row) => [
      `${'\u00a0\u00a0'.repeat(row.depth)}${markdown.code(nameOf(row))}`,
      bytes(row.bytes),
      percent(row.bytes / totalBytes)
    ])
  return markdown.table(['Part', 'Held', '%'], listed)
}
