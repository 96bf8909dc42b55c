'use strict'

/**
 * Calls the program's listeners and loggers, isolated from each other.
 *
 * With `emit`, a listener that throws would prevent the others from being called, and
 * would unwind into the round. A diagnostic tool must not bring down the program it
 * watches, so an exception in a listener becomes a process warning.
 */

/** Converts a thrown value to text. It can be anything: a symbol, an object without a prototype, a getter that throws. */
function textOf(read) {
  try {
    return String(read())
  } catch {
    return 'a value that cannot be displayed'
  }
}

function warn(event, error) {
  const message = textOf(() => error?.message ?? error)
  process.emitWarning(`A listener of the '${event}' event threw: ${message}`, {
    type: 'SeepWarning',
    code: 'SEEP_LISTENER_THREW',
    detail: textOf(() => error?.stack ?? '') || undefined
  })
}

/** Calls `listener`, and turns an exception or rejection into a warning. */
function guarded(event, listener) {
  try {
    const result = listener()
    if (typeof result?.then === 'function') result.then(undefined, (error) => warn(event, error))
  } catch (error) {
    warn(event, error)
  }
}

function deliver(emitter, event, ...payload) {
  for (const listener of emitter.rawListeners(event)) {
    guarded(event, () => Reflect.apply(listener, emitter, payload))
  }
}

module.exports = { deliver, guarded, warn }
