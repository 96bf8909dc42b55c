/** One object: why it is there, what is in it, what refers to it, and what hangs on it. */

import { useState } from 'preact/hooks'
import { session } from '../data/files.mjs'
import * as markdown from '../data/markdown.mjs'
import { classHref, href, route } from '../data/route.mjs'
import { totalBytes } from '../data/summary.mjs'
import { bytes, distance, objectName, oneLine, percent, wholePlace } from '../data/words.mjs'
import { Copy } from '../parts/copy.jsx'
import { Name } from '../parts/name.jsx'
import { Path, readableSteps, shortestSteps, stepTexts } from '../parts/path.jsx'
import { Empty, Failure, Loading } from '../parts/states.jsx'
import { Switch } from '../parts/toolbar.jsx'
import { useAnswer } from '../parts/use-answer.mjs'
import { Dominated } from './object/dominated.jsx'
import { Fields } from './object/fields.jsx'
import { Retainers } from './object/retainers.jsx'
import { Stack, stackLines } from './object/stack.jsx'

/** A name may be a source text of megabytes. */
const LONGEST_NAME = 20_000
const SHORT_NAME = 200

const PARTS = { fields: Fields, retainers: Retainers, dominated: Dominated }

export function HeapObject({ argument }) {
  const { file, options } = route.value
  const id = /^\d+$/.test(argument) ? Number(argument) : -1
  const { answer, error, retry } = useAnswer(id < 0 ? null : 'object', { file, id, limit: 0 })
  if (error !== null) return <Failure error={error} onRetry={retry} />
  if (id < 0 || answer === null) {
    return (
      <Empty>No object has the id @{oneLine(argument)} in this file. It may be in another.</Empty>
    )
  }
  if (answer === undefined) return <Loading />
  const { part = 'fields' } = options
  const Part = PARTS[part] ?? Fields
  return (
    <div class="object-view">
      <Title object={answer} />
      <Paths object={answer} />
      <Stack object={answer} />
      <section class="panel parts" aria-label="Parts">
        <Switch
          label="Show"
          name="part"
          value={part}
          choices={[
            ['fields', `Fields (${answer.fields.total})`],
            ['retainers', `Retainers (${answer.retainerCount})`],
            ['dominated', 'Keeps alive']
          ]}
        />
        <Part key={part} object={answer} />
      </section>
    </div>
  )
}

function Title({ object }) {
  const { className, id, kind, location, selfBytes, retainedBytes } = object
  const place = wholePlace(location)
  return (
    <div class="object-title">
      <div class="toolbar">
        <div class="toolbar-title">
          <h1>
            <LongName text={objectName(object)} /> <span class="id">@{id}</span>
          </h1>
          {place !== '' && <p class="mono hint place-line">{place}</p>}
        </div>
        <div class="toolbar-tools">
          <Copy text={() => describe(object)} />
        </div>
      </div>
      <dl class="figures">
        <Figure
          label="Retained"
          value={bytes(retainedBytes)}
          note={percent(retainedBytes / totalBytes())}
        />
        <Figure label="Own" value={bytes(selfBytes)} />
        <Figure label="Distance" value={distance(object.distance)} />
        <Figure label="Type" value={kind} />
        <Figure
          label="Class"
          value={<Name class="name" text={className} href={classHref(className)} isFocusable />}
        />
        <Figure
          label="Freed with"
          value={<a href={href('object', object.dominatorId)}>@{object.dominatorId}</a>}
        />
      </dl>
      <Text object={object} />
    </div>
  )
}

function Figure({ label, value, note }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {value} {note && <span class="note">{note}</span>}
      </dd>
    </div>
  )
}

function LongName({ text }) {
  const [isWhole, setWhole] = useState(false)
  if (text.length <= SHORT_NAME) return <span class="mono whole">{oneLine(text)}</span>
  const shown = text.slice(0, isWhole ? LONGEST_NAME : SHORT_NAME)
  return (
    <>
      <span class="mono whole">
        {oneLine(shown)}
        {text.length > shown.length && '…'}
      </span>{' '}
      <button type="button" class="link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
        {isWhole ? 'Show less' : 'Show the whole name'}
      </button>
    </>
  )
}

/** What a string says, which is hidden until asked for: it comes from the program's memory. */
function Text({ object }) {
  const [isShown, setShown] = useState(false)
  if (!object.kind.includes('string')) return null
  if (!session.value.contents) {
    return <p class="hint">To see what strings say, start seep open with --contents.</p>
  }
  if (!isShown) {
    return (
      <button type="button" onClick={() => setShown(true)}>
        Show what it says
      </button>
    )
  }
  const text = object.text ?? ''
  return <pre class="text">{oneLine(text.slice(0, LONGEST_NAME))}</pre>
}

function Paths({ object }) {
  const { file, options } = route.value
  const ignored = (options.ignore ?? '').split(',').filter(Boolean)
  const { answer, error } = useAnswer(ignored.length > 0 ? 'path' : null, {
    file,
    id: object.id,
    ignore: ignored.join(',')
  })
  const readable = readableSteps(object.path)
  const shortest = shortestSteps(object.shortestPath)
  return (
    <section class="panel paths">
      <h2>Why it is there</h2>
      {readable.length > 0 ? (
        <Path steps={readable} />
      ) : (
        <p class="hint">Nothing leads to this object: the next garbage collection frees it.</p>
      )}
      {ignored.length > 0 && <Without ignored={ignored} answer={answer} error={error} />}
      {shortest.length > 0 && (
        <details class="paths-more">
          <summary>Shortest path, with V8’s own objects</summary>
          <Path steps={shortest} gap={object.omittedSteps} />
        </details>
      )}
    </section>
  )
}

function Without({ ignored, answer, error }) {
  const { argument, options } = route.value
  const back = href('object', argument, { ...options, ignore: undefined })
  return (
    <div class="without">
      <h3>
        Without {ignored.map((id) => `@${id}`).join(', ')} <a href={back}>Look at all again</a>
      </h3>
      {error !== null && <Failure error={error} />}
      {answer === undefined && error === null && <Loading />}
      {answer && answer.steps.length > 0 && (
        <Path steps={shortestSteps(answer.steps)} gap={answer.omittedSteps} />
      )}
      {answer && answer.steps.length === 0 && (
        <p class="hint">
          {answer.gaveUp
            ? 'No other path was found near the object; a longer one may exist.'
            : 'No other path leads to it: without these, it would be freed.'}
        </p>
      )}
    </div>
  )
}

function describe(object) {
  const { id, selfBytes, retainedBytes, path, shortestPath, location } = object
  const place = wholePlace(location)
  const lines = [
    `### ${markdown.code(`${objectName(object)} @${id}`)}`,
    '',
    `- **Retained:** ${bytes(retainedBytes)} (${percent(retainedBytes / totalBytes())} of the heap)`,
    `- **Own:** ${bytes(selfBytes)}`,
    ...(place === '' ? [] : [`- **Written at:** ${markdown.code(place)}`]),
    '',
    path.length > 0
      ? markdown.path(stepTexts(readableSteps(path)))
      : markdown.path(stepTexts(shortestSteps(shortestPath))),
    ...stackLines(object)
  ]
  return `${lines.join('\n')}\n`
}
