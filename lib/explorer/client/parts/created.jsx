/** Where objects were allocated, in a file that DevTools recorded with the stacks of allocations. */

import * as markdown from '../data/markdown.mjs'
import { clipped, frame, isCreator, percent } from '../data/words.mjs'
import { Name } from './name.jsx'

const ANONYMOUS = '(anonymous)'

/** The function that allocated most of some objects of so many bytes, if it is known. */
export function CreatedIn({ of, size }) {
  if (!isCreator(of, size)) return null
  return (
    <p class="hint">
      Created in <Name class="mono created" text={frame(of)} />
      {of.share < 1 && <> ({percent(of.share)} of what was recorded)</>}
    </p>
  )
}

/** The same as Markdown: a list of one text, or of none. */
export function createdLines(createdIn, size) {
  if (!isCreator(createdIn, size)) return []
  const share = createdIn.share < 1 ? ` (${percent(createdIn.share)} of what was recorded)` : ''
  return [`Created in ${markdown.code(frame(createdIn))}${share}.`]
}

/** The functions of a stack, from the innermost. */
export function Frames({ frames }) {
  return (
    <ol class="frames">
      {frames.map((it, i) => (
        <li key={i} class={it.kind}>
          <Name class="edge" text={it.functionName ?? ANONYMOUS} />
          {it.label && <Name class="place" text={it.label} />}
        </li>
      ))}
    </ol>
  )
}

export const frameText = (it) => frame(it) || ANONYMOUS

/** The same as Markdown. */
export const framesBlock = (frames) => markdown.block(frames.map((it) => clipped(frameText(it))))

const ownBytes = ({ selfBytes, objectBytes }) => selfBytes ?? objectBytes

/** A column of it, for rows with own bytes. */
export const createdColumn = {
  id: 'createdIn',
  label: 'Created in',
  width: 'minmax(0, 0.8fr)',
  isMinor: true,
  isText: true,
  text: (row) => (isCreator(row.createdIn, ownBytes(row)) ? clipped(frame(row.createdIn)) : ''),
  cell: (row) =>
    isCreator(row.createdIn, ownBytes(row)) && <Name class="place" text={frame(row.createdIn)} />
}
