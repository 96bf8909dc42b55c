/** Asks the server. */

import { signal } from '@preact/signals'

/** Whether the last request reached the server. */
export const isReachable = signal(true)

class Problem extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/** Returns the query string of the options that are given. */
function queryOf(options) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== '')
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
}

/**
 * @param {string} name of a query
 * @param {object} options those of the query, and `file`
 * @param {AbortSignal} [abort]
 */
export async function ask(name, options = {}, abort = undefined) {
  let response
  try {
    response = await fetch(`/api/${name}?${queryOf(options)}`, { signal: abort })
  } catch (error) {
    if (error.name === 'AbortError') throw error
    isReachable.value = false
    throw new Problem('unreachable', 'seep open has ended.')
  }
  isReachable.value = true
  const answer = await response.json()
  if (!response.ok) throw new Problem(answer.code, answer.message)
  return answer
}
