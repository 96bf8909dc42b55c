/** The stacks by which the objects of a class were allocated, if DevTools has recorded them. */

import * as markdown from '../../data/markdown.mjs'
import { bytes, frame, percent, plural } from '../../data/words.mjs'
import { Frames, framesBlock } from '../../parts/created.jsx'
import { Name } from '../../parts/name.jsx'

const figures = ({ samples, bytes: size, share }) =>
  `${plural(samples, 'object')}, ${bytes(size)} (${percent(share)} of what was recorded)`

/** @param {{ found: object | undefined | null }} props the answer to `instances` */
export function ClassStacks({ found }) {
  const { stacks = [], createdIn } = found ?? {}
  if (stacks.length === 0) return null
  return (
    <section class="panel paths class-stacks" aria-label="Allocation stacks">
      <h2>
        {createdIn === undefined ? (
          'Created in Node or V8'
        ) : (
          <>
            Created in <Name class="mono created" text={frame(createdIn)} />
            {createdIn.share < 1 && <> ({percent(createdIn.share)} of what was recorded)</>}
          </>
        )}
      </h2>
      <details class="paths-more">
        <summary>The heaviest stacks: {stacks.length}</summary>
        {stacks.map((stack, i) => (
          <section key={i}>
            <h3>{figures(stack)}</h3>
            <Frames frames={stack.frames} />
          </section>
        ))}
      </details>
    </section>
  )
}

/** Returns the same as Markdown, as lines. */
export function classStackLines(found) {
  const { stacks = [], createdIn } = found ?? {}
  if (stacks.length === 0) return []
  const first = createdIn === undefined ? 'Node or V8' : markdown.code(frame(createdIn))
  const blocks = stacks.flatMap((stack) => [
    '',
    `${figures(stack)}:`,
    '',
    framesBlock(stack.frames)
  ])
  return [`Created in ${first}.`, ...blocks, '']
}
