/** A name from the heap, which may be anything. It is clipped by the cell; the whole is shown on demand. */

import { clipped, place, wholePlace } from '../data/words.mjs'

/** Longest text of a tooltip. */
const LONGEST_TITLE = 2000

/** Links in tables are not on the way of the Tab key, because the table itself follows them. */
export function Name({ text, class: className = 'name', href, isFocusable = false }) {
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
    <a class={className} href={href} title={title} tabIndex={isFocusable ? undefined : -1}>
      {shown}
    </a>
  )
}

/** Steps at the end of a path that stay when it is clipped: they say most. */
const TAIL = 2

/** A path of names, clipped in the middle. */
export function PathName({ path, href, isFocusable = false }) {
  const head = path.slice(0, -TAIL)
  const tail = path.slice(-TAIL).join(' → ')
  const whole = clipped(path.join(' → '), LONGEST_TITLE)
  return (
    <a class="name path" href={href} title={whole} tabIndex={isFocusable ? undefined : -1}>
      {head.length > 0 && <span class="path-head">{clipped(head.join(' → '))}</span>}
      {head.length > 0 && <span class="path-arrow"> → </span>}
      <span class="path-tail">{clipped(tail)}</span>
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
