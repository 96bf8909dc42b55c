'use strict'

/**
 * Calls the listeners of an event, each on its own.
 *
 * `emit` would let one throwing listener keep the event from the others and
 * unwind into the round that reports it. A diagnostic must not take its
 * patient down, so what a listener throws becomes a process warning.
 */

function warn(event, error) {
  process.emitWarning(`A listener of the '${event}' event threw: ${error?.message ?? error}`, {
    type: 'SeepWarning',
    code: 'SEEP_LISTENER_THREW',
    detail: error?.stack
  })
}

function deliver(emitter, event, payload) {
  for (const listener of emitter.rawListeners(event)) {
    try {
      const result = Reflect.apply(listener, emitter, [payload])
      if (typeof result?.then === 'function') result.then(undefined, (error) => warn(event, error))
    } catch (error) {
      warn(event, error)
    }
  }
}

module.exports = { deliver, warn }
