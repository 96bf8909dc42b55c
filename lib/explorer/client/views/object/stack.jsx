/** The stack by which an object was allocated, if DevTools has recorded it. */

import * as markdown from '../../data/markdown.mjs'
import { plural } from '../../data/words.mjs'
import { Frames, framesBlock, frameText } from '../../parts/created.jsx'
import { Name } from '../../parts/name.jsx'

/** The function that created an object: of the program or of a package, or else the innermost. */
const creatorOf = ({ stack, createdIn }) => createdIn ?? stack?.[0]

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
        <Frames frames={object.stack} />
      </details>
    </section>
  )
}

/** Returns the same as Markdown, as lines. */
export function stackLines(object) {
  const creator = creatorOf(object)
  if (creator === undefined) return []
  return ['', `Created in ${markdown.code(frameText(creator))}:`, '', framesBlock(object.stack)]
}
