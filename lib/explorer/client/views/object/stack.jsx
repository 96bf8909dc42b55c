/** The stack by which an object was allocated, if DevTools has recorded it. */

import * as markdown from '../../data/markdown.mjs'
import { clipped, frame, plural } from '../../data/words.mjs'
import { Name } from '../../parts/name.jsx'

const ANONYMOUS = '(anonymous)'

/** The function that created an object: of the program or of a package, or else the innermost. */
const creatorOf = ({ stack, createdIn }) => createdIn ?? stack?.[0]

const frameText = (it) => frame(it) || ANONYMOUS

export function Stack({ object }) {
  const creator = creatorOf(object)
  if (creator === undefined) return null
  return (
    <section class="panel paths">
      <h2>
        Created in <Name class="mono created" text={frameText(creator)} />
      </h2>
      <details class="paths-more">
        <summary>The whole stack: {plural(object.stack.length, 'function')}</summary>
        <ol class="frames">
          {object.stack.map((it, i) => (
            <li key={i} class={it.kind}>
              <Name class="edge" text={it.functionName ?? ANONYMOUS} />
              {it.label && <Name class="place" text={it.label} />}
            </li>
          ))}
        </ol>
      </details>
    </section>
  )
}

/** Returns the same as Markdown, as lines. */
export function stackLines(object) {
  const creator = creatorOf(object)
  if (creator === undefined) return []
  const frames = object.stack.map((it) => clipped(frameText(it)))
  return ['', `Created in ${markdown.code(frameText(creator))}:`, '', markdown.block(frames)]
}
