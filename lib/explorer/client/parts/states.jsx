/** What is shown where there is nothing else: that it is loading, empty, or failed. */

import { nextStep, oneLine } from '../data/words.mjs'

export function Loading({ children = 'Loading…' }) {
  return (
    <p class="state" role="status">
      <span class="spinner" aria-hidden="true" />
      {children}
    </p>
  )
}

export function Empty({ children }) {
  return <p class="state">{children}</p>
}

export function Failure({ error, onRetry }) {
  return (
    <div class="state failure" role="alert">
      <p>{oneLine(error.message)}</p>
      <p class="hint">
        {nextStep(error)} {error.code && <code>{error.code}</code>}
      </p>
      {onRetry && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}
