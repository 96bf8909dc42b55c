/** The answer to a query, asked again when the query changes (a hook). */

import { useEffect, useState } from 'preact/hooks'
import { ask } from '../data/api.mjs'

/**
 * @param {string | null} name null asks nothing
 * @param {object} options
 * @returns {{ answer: object | null | undefined, error: Error | null, retry: () => void }} `answer` is undefined until it is
 *   here, and null if what was asked for is not in the heap
 */
export function useAnswer(name, options) {
  const [state, setState] = useState({ key: '', answer: undefined, error: null })
  const [tries, setTries] = useState(0)
  const key = name === null ? '' : JSON.stringify([name, options, tries])
  useEffect(() => {
    if (name === null) return undefined
    const abort = new AbortController()
    ask(name, options, abort.signal).then(
      (answer) => setState({ key, answer, error: null }),
      (error) => {
        if (!abort.signal.aborted) setState({ key, answer: undefined, error })
      }
    )
    return () => abort.abort()
  }, [key])
  const isCurrent = state.key === key
  return {
    answer: isCurrent ? state.answer : undefined,
    error: isCurrent ? state.error : null,
    retry: () => setTries(tries + 1)
  }
}
