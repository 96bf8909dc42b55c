/** What looks wrong in this one file: many like items in one place, or much that hangs on one object. */

import { session } from '../../data/files.mjs'
import * as markdown from '../../data/markdown.mjs'
import { href } from '../../data/route.mjs'
import { bytes, count, percent, plural, wholePlace } from '../../data/words.mjs'
import { Copy } from '../../parts/copy.jsx'
import { CreatedIn, createdLines } from '../../parts/created.jsx'
import { Name } from '../../parts/name.jsx'
import { Path, readableSteps, stepTexts } from '../../parts/path.jsx'
import { Failure, Loading } from '../../parts/states.jsx'
import { useAnswer } from '../../parts/use-answer.mjs'

const MOST = 5

export function Suspects({ file }) {
  const { answer, error, retry } = useAnswer('suspects', { file, limit: MOST })
  return (
    <section class="suspects" aria-labelledby="suspects">
      <h2 id="suspects">Suspects</h2>
      {session.value.files.length > 1 && (
        <p class="hint">
          What is large in this one file. What grows from file to file is in{' '}
          <a href={href('compare')}>Compare</a>.
        </p>
      )}
      {error !== null && <Failure error={error} onRetry={retry} />}
      {answer === undefined && error === null && <Loading />}
      {answer?.rows.length === 0 && (
        <p class="hint">
          No single holder or object has a large part of the heap. One file shows size, not growth:
          to find a leak, open several snapshots of the same process together.
        </p>
      )}
      {answer?.rows.map((row, i) => (
        <Suspect key={i} row={row} isOpen={i === 0} />
      ))}
    </section>
  )
}

/** The suspect in one sentence, as a list of texts and names. */
function sentence({ kind, className, count: objects, bytes: size, object, holder }) {
  if (kind === 'manyItems') return [`${count(objects)} × `, holder.label, ` hold ${bytes(size)}`]
  return [`${bytes(size)} hang on one `, object?.className ?? className, '']
}

function placeOf({ path, holder }) {
  return wholePlace(holder?.location ?? path.findLast(({ location }) => location?.file)?.location)
}

function Suspect({ row, isOpen }) {
  const { kind, holder, object, fraction } = row
  const [before, name, after] = sentence(row)
  // The sizes of single objects say nothing about all of them.
  const steps = readableSteps(row.path).map((step) => ({ ...step, size: undefined }))
  const place = placeOf(row)
  return (
    <details class="suspect" open={isOpen}>
      <summary>
        <span class="suspect-title">
          {before}
          <code>
            <Name text={name} />
          </code>
          {after}
        </span>
        <span class="suspect-share">{percent(fraction)}</span>
        <span class="suspect-where">
          <Name text={steps.map(({ edge }) => edge).join(' → ')} />
        </span>
        <span class="bar" aria-hidden="true" style={{ '--share': fraction }} />
      </summary>
      <div class="suspect-body">
        {place !== '' && <p class="mono hint place-line">{place}</p>}
        <CreatedIn of={row.createdIn} size={row.bytes} />
        {steps.length > 0 && <Path steps={steps} />}
        <p class="suspect-links">
          {holder !== null && <a href={href('holder', holder.key)}>What is in them</a>}
          {kind === 'manyItems' && (
            <a href={href('holder', holder.key, { part: 'objects' })}>
              The {plural(row.count, 'object')}
            </a>
          )}
          {object !== null && <a href={href('object', object.id)}>The object @{object.id}</a>}
          <Copy text={() => describe(row, steps, place)} />
        </p>
      </div>
    </details>
  )
}

function describe(row, steps, place) {
  const [before, name, after] = sentence(row)
  return `${[
    `### ${before}${markdown.code(name)}${after} (${percent(row.fraction)} of the heap)`,
    ...(place === '' ? [] : [`Written at ${markdown.code(place)}.`]),
    ...createdLines(row.createdIn, row.bytes),
    markdown.path(stepTexts(steps))
  ].join('\n\n')}\n`
}
