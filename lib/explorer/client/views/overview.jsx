/** Where the memory is, at a glance: totals, suspects, and what holds most. */

import * as markdown from '../data/markdown.mjs'
import { href, route } from '../data/route.mjs'
import { isReady, totalBytes } from '../data/summary.mjs'
import { bytes, count, percent, plural } from '../data/words.mjs'
import { HolderName, holderText } from '../parts/columns.jsx'
import { Copy } from '../parts/copy.jsx'
import { Failure, Loading } from '../parts/states.jsx'
import { useAnswer } from '../parts/use-answer.mjs'
import { Statistics } from './overview/statistics.jsx'
import { Suspects } from './overview/suspects.jsx'

const TOP = 8

export function Overview() {
  const { file } = route.value
  const { answer, error, retry } = useAnswer(isReady() ? 'summary' : null, { file })
  if (error !== null) return <Failure error={error} onRetry={retry} />
  if (answer === undefined) return <Loading />
  return (
    <div class="overview">
      <div class="toolbar">
        <div class="toolbar-title">
          <h1>Overview</h1>
          <p class="hint">{answer.path}</p>
        </div>
        <div class="toolbar-tools">
          <Copy text={() => describe(answer)} />
        </div>
      </div>
      <Totals summary={answer} />
      {answer.recorded && <p class="hint">{recordedText(answer)}.</p>}
      <Suspects file={file} />
      <Top holders={answer.holders} />
      <Statistics statistics={answer.statistics} />
    </div>
  )
}

function Totals({ summary }) {
  const { totalBytes: total, nodeCount, edgeCount, classCount, fileBytes } = summary
  const { unreachableCount, unreachableBytes } = summary
  const unreachable = href('classes', null, { only: 'unreachable' })
  return (
    <dl class="tiles">
      <Tile
        label="Heap"
        value={bytes(total)}
        note={fileBytes > 0 ? `file of ${bytes(fileBytes)}` : ''}
      />
      <Tile label="Objects" value={count(nodeCount)} note={plural(edgeCount, 'reference')} />
      <Tile
        label="Classes"
        value={<a href={href('classes')}>{count(classCount)}</a>}
        note="by constructor"
      />
      <Tile
        label="Garbage"
        value={
          unreachableCount > 0 ? <a href={unreachable}>{bytes(unreachableBytes)}</a> : bytes(0)
        }
        note={unreachableCount > 0 ? plural(unreachableCount, 'object') : 'all objects are in use'}
      />
    </dl>
  )
}

function Tile({ label, value, note }) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd>
        <span class="tile-value">{value}</span> <span class="tile-note">{note}</span>
      </dd>
    </div>
  )
}

function Top({ holders }) {
  return (
    <section class="panel" aria-labelledby="top">
      <div class="panel-head">
        <h2 id="top">Top holders</h2>
        <a href={href('holders')}>All holders</a>
      </div>
      <ol class="top">
        {holders.slice(0, TOP).map((row) => (
          <li key={row.key}>
            <a class="top-name" href={href('holders', null, { open: row.key })}>
              <HolderName row={row} />
            </a>
            <span class="num">{bytes(row.heldBytes)}</span>
            <span class="num note">{percent(row.heldBytes / totalBytes())}</span>
            <span
              class="bar"
              aria-hidden="true"
              style={{ '--share': row.heldBytes / totalBytes() }}
            />
          </li>
        ))}
      </ol>
    </section>
  )
}

/** How much DevTools has recorded with the stacks of allocations. */
function recordedText({ recorded, totalBytes: total }) {
  const { count: objects, selfBytes } = recorded
  const size = `${bytes(selfBytes)}, ${percent(selfBytes / total)} of the heap`
  return `${plural(objects, 'object')} recorded with stacks: ${size}`
}

function describe(summary) {
  const { path, totalBytes: total, nodeCount, classCount, unreachableBytes, holders } = summary
  const rows = holders
    .slice(0, TOP)
    .map((row) => [
      markdown.code(holderText(row)),
      bytes(row.heldBytes),
      percent(row.heldBytes / total)
    ])
  return `${[
    `### ${markdown.code(path.split(/[\\/]/).at(-1))}`,
    `${bytes(total)}, ${plural(nodeCount, 'object')} of ${plural(classCount, 'class', 'classes')}; garbage: ${bytes(unreachableBytes)}`,
    ...(summary.recorded === undefined ? [] : [recordedText(summary)]),
    markdown.table(['Holder', 'Holds', '%'], rows)
  ].join('\n\n')}\n`
}
