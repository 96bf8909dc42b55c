/** The files that seep open was started with, and how far the one on the page has been read. */

import { effect, signal } from '@preact/signals'
import { ask, isReachable } from './api.mjs'
import { route } from './route.mjs'

/** @type {import('@preact/signals').Signal<{ seep: string, contents: boolean, files: object[] } | null>} */
export const session = signal(null)

const CLOSED = { state: 'closed', stage: null, doneBytes: null, totalBytes: null, error: null }

/** Of the file on the page: `state` is closed, opening, counted (classes have counts), ready or failed. */
export const progress = signal(CLOSED)

export async function loadSession() {
  session.value = await ask('files')
  return session.value
}

/** Follows the file of the route while somebody looks at the page; the server may end when nobody does. */
export function followProgress() {
  const isVisible = signal(!document.hidden)
  const file = signal(route.value.file)
  document.addEventListener('visibilitychange', () => {
    isVisible.value = !document.hidden
  })
  effect(() => {
    file.value = route.value.file
  })
  effect(() => {
    if (file.value !== null) progress.value = CLOSED
  })
  effect(() => {
    if (!isVisible.value || file.value === null) return undefined
    const events = new EventSource(`/api/events?file=${file.value}`)
    events.onmessage = ({ data }) => {
      isReachable.value = true
      progress.value = JSON.parse(data)
    }
    events.onerror = () => {
      isReachable.value = false
    }
    return () => events.close()
  })
}
