/** One holder: the path of names that leads to it, what is below it, and its objects. */

import { ask } from '../data/api.mjs'
import * as markdown from '../data/markdown.mjs'
import { classHref, href, route } from '../data/route.mjs'
import { totalBytes } from '../data/summary.mjs'
import { bytes, count, percent, plural, wholePlace } from '../data/words.mjs'
import { holderText, objectColumns } from '../parts/columns.jsx'
import { Copy } from '../parts/copy.jsx'
import { CreatedIn, createdLines } from '../parts/created.jsx'
import { Name, Place } from '../parts/name.jsx'
import { Empty, Failure, Loading } from '../parts/states.jsx'
import { Filter, Switch } from '../parts/toolbar.jsx'
import { TreeTable } from '../parts/tree-table.jsx'
import { useAnswer } from '../parts/use-answer.mjs'
import { useTree } from '../parts/use-tree.mjs'
import { HOLDER_COLUMNS, HolderTable, useHolders } from './holders.jsx'

const DEEPEST = 12

export function Holder({ argument: key }) {
  const { file, options } = route.value
  const { answer, error, retry } = useAnswer('holder', { file, key })
  if (error !== null) return <Failure error={error} onRetry={retry} />
  if (answer === null) return <Empty>This holder is not in this file. It may be in another.</Empty>
  if (answer === undefined) return <Loading />
  const part = options.part ?? (answer.hasChildren ? 'below' : 'objects')
  const choices = [
    ['below', 'What is below it'],
    ['objects', `Its objects (${count(answer.count)})`]
  ]
  return (
    <div class="object-view">
      <div class="object-title">
        <div class="toolbar">
          <div class="toolbar-title">
            <h1>
              <span class="mono whole">
                <Name text={holderText(answer)} />
              </span>
            </h1>
            <p class="mono hint place-line">{wholePlace(answer.location)}</p>
            <CreatedIn of={answer.createdIn} size={answer.heldBytes} />
          </div>
          <div class="toolbar-tools">
            <Copy text={() => describe(answer)} />
          </div>
        </div>
        <dl class="figures">
          <div>
            <dt>Holds</dt>
            <dd>
              {bytes(answer.heldBytes)}{' '}
              <span class="note">{percent(answer.heldBytes / totalBytes())}</span>
            </dd>
          </div>
          <div>
            <dt>Own</dt>
            <dd>{bytes(answer.selfBytes)}</dd>
          </div>
          <div>
            <dt>Objects</dt>
            <dd>{count(answer.count)}</dd>
          </div>
        </dl>
      </div>
      <section class="panel paths">
        <h2>Where it is</h2>
        <ol class="path-tree">
          {answer.path.map((step, i) => (
            <li key={step.key} style={{ '--depth': Math.min(i, DEEPEST) }}>
              <a class="name" href={href('holder', step.key)}>
                <Name text={holderText(step)} />
              </a>
              {!step.edge.label.endsWith(step.location?.label ?? '\0') && (
                <Place location={step.location} />
              )}
            </li>
          ))}
        </ol>
      </section>
      <section class="panel parts" aria-label="Parts">
        <Switch
          label="Show"
          name="part"
          value={part}
          choices={answer.hasChildren ? choices : choices.slice(1)}
        />
        {part === 'below' ? <Below holder={answer} /> : <Objects holder={answer} file={file} />}
      </section>
    </div>
  )
}

function Below({ holder }) {
  const tree = useHolders(holder.key)
  return (
    <>
      <div class="part-tools">
        <Filter value={route.value.options.filter} />
        <Copy text={() => markdown.treeTable(tree, HOLDER_COLUMNS)} />
      </div>
      <HolderTable
        tree={tree}
        label="Holders below it"
        empty="Nothing below it has this in its name."
      />
    </>
  )
}

/** They are listed as the heap has them; the view of the class sorts them. */
const OBJECTS = objectColumns.map((it) => ({ ...it, sort: undefined }))

/** Its objects are of one class, which one of them tells. */
function Objects({ holder, file }) {
  const { answer, error } = useAnswer('object', {
    file,
    id: holder.sampleId,
    limit: 0,
    paths: false
  })
  const className = answer?.className
  const tree = useTree(
    {
      load: (_, page, abort) =>
        ask('instances', { file, className, holder: holder.key, ...page }, abort),
      keyOf: ({ id }) => String(id)
    },
    [file, holder.key, className]
  )
  if (error !== null) return <Failure error={error} />
  if (className === undefined) return <Loading />
  return (
    <>
      <div class="part-tools">
        <a href={classHref(className, { holder: holder.key })}>Sort and filter these objects</a>
        <Copy text={() => markdown.treeTable(tree, OBJECTS)} />
      </div>
      <TreeTable
        label="Objects"
        tree={tree}
        columns={OBJECTS}
        hrefOf={({ id }) => href('object', id)}
        empty="They have no size of their own."
      />
    </>
  )
}

function describe(holder) {
  const place = wholePlace(holder.location)
  return `${[
    `### ${markdown.code(holderText(holder))}`,
    '',
    `- **Holds:** ${bytes(holder.heldBytes)} (${percent(holder.heldBytes / totalBytes())} of the heap)`,
    `- **Has:** ${plural(holder.count, 'object')}, ${bytes(holder.selfBytes)}`,
    ...(place === '' ? [] : [`- **Written at:** ${markdown.code(place)}`]),
    ...createdLines(holder.createdIn, holder.heldBytes).map((line) => `- ${line}`),
    '',
    markdown.path(holder.path.map(holderText))
  ].join('\n')}\n`
}
