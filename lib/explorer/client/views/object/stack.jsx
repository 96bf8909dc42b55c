/** The stack by which an object was allocated, if DevTools has recorded it. */

import * as markdown from '../../data/markdown.mjs'
import { clipped, frame, plural } from '../../data/words.mjs'
import { Name } from '../../parts/name.jsx'

export function Stack({ object }) {
  const { stack, createdIn } = object
  if (stack === null) return null
  return (
    <section class="panel paths">
      <h2>
        Created in <Name class="mono created" text={frame(createdIn ?? stack[0])} />
      </h2>
      <details class="paths-more">
        <summary>The whole stack: {plural(stack.length, 'function')}</summary>
        <ol class="frames">
          {stack.map((it, i) => (
            <li key={i} class={it.kind}>
              <Name class="edge" text={it.functionName ?? '(anonymous)'} />
              {it.label && <Name class="place" text={it.label} />}
            </li>
          ))}
        </ol>
      </details>
    </section>
  )
}

/** Returns the same as Markdown, as lines. */
export function stackLines({ stack, createdIn }) {
  if (stack === null) return []
  const frames = stack.map((it) => clipped(frame(it)))
  return [
    '',
    `Created in ${markdown.code(frame(createdIn ?? stack[0]))}:`,
    '',
    markdown.block(frames)
  ]
}
