'use strict'

/**
 * Calls what the program gave us to call: listeners and loggers, each on its own.
 *
 * `emit` would let one throwing listener keep the event from the others and
 * unwind into the round that reports it. A diagnostic must not take its
 * patient down, so what a listener throws becomes a process warning.
 */

/** Anything can be thrown: symbols, objects without a prototype, getters that throw. */
function textOf(read) {
  try {
    return String(read())
  } catch {
    return 'a value that cannot be shown'
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

/** Calls `listener`; neither what it throws nor what it rejects with gets further. */
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
