/** How far the file has been read and worked out. */

import { progress } from '../data/files.mjs'
import { bytes } from '../data/words.mjs'

const STAGES = {
  reading: 'Reading the file',
  graph: 'Putting references in order',
  classes: 'Sorting objects into classes',
  dominators: 'Working out retained sizes',
  holders: 'Naming what holds the memory',
  retainers: 'Finding what refers to what',
  strings: 'Comparing strings'
}

function words({ stage, doneBytes, totalBytes }) {
  const what = STAGES[stage] ?? 'Working'
  if (!totalBytes || stage !== 'reading') return `${what}…`
  return `${what}: ${bytes(doneBytes)} of ${bytes(totalBytes)}`
}

function shareOf({ doneBytes, totalBytes }) {
  return totalBytes > 0 ? Math.min(1, doneBytes / totalBytes) : undefined
}

/** In place of a view that cannot be shown yet. */
export function Opening() {
  const now = progress.value
  const share = shareOf(now)
  return (
    <div class="opening">
      <p role="status">{words(now)}</p>
      <progress value={share} aria-label="Opening the file" />
      <p class="hint">Classes can be counted first; retained sizes follow.</p>
    </div>
  )
}

/** Above a view that can be shown, while the rest is worked out. */
export function Stage() {
  const now = progress.value
  if (now.state !== 'counted') return null
  return (
    <p class="stage" role="status">
      <span class="spinner" aria-hidden="true" />
      {words(now)} Counts and own sizes are here already.
    </p>
  )
}
