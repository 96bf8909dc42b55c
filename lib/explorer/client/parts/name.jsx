/** A name from the heap, which may be anything. It is clipped by the cell; the whole is shown on demand. */

import { clipped, place, wholePlace } from '../data/words.mjs'

/** Longest text of a tooltip. */
const LONGEST_TITLE = 2000

export function Name({ text, class: className = 'name', href }) {
  const shown = clipped(text)
  const title = clipped(text, LONGEST_TITLE)
  if (href === undefined) {
    return (
      <span class={className} title={title}>
        {shown}
      </span>
    )
  }
  return (
    <a class={className} href={href} title={title} tabIndex={-1}>
      {shown}
    </a>
  )
}

export function Place({ location }) {
  const short = place(location)
  if (short === '') return null
  return (
    <span class="place" title={wholePlace(location)}>
      {short}
    </span>
  )
}
