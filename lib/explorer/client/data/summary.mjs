/** The totals of the file on the page, against which sizes are shown. */

import { effect, signal } from '@preact/signals'
import { ask } from './api.mjs'
import { progress } from './files.mjs'
import { route } from './route.mjs'

/** Null until retained sizes are known. */
export const summary = signal(null)

export const isReady = () => progress.value.state === 'ready'

/** Bytes of the whole heap; NaN until they are known, so that shares are not shown. */
export const totalBytes = () => summary.value?.totalBytes ?? Number.NaN

export function followSummary() {
  const file = signal(route.value.file)
  effect(() => {
    file.value = route.value.file
  })
  effect(() => {
    const wanted = file.value
    summary.value = null
    if (progress.value.state !== 'ready') return
    ask('summary', { file: wanted }).then(
      (answer) => {
        if (wanted === file.peek()) summary.value = answer
      },
      // Views that need it say what is wrong when they ask themselves.
      () => {}
    )
  })
}
