'use strict'

const { readSignal } = require('./environment')

/**
 * Calls an action when the signal named by an environment variable arrives.
 * None is claimed by default: SIGUSR2 belongs to other tools often enough.
 *
 * @param {Record<string, () => void>} actions by variable
 * @returns {() => void} takes the listeners away again
 */
function listenForSignals(actions) {
  const listening = []
  for (const [variable, action] of Object.entries(actions)) {
    const signal = readSignal(variable)
    if (signal === null) continue
    // Not the action itself: it would be called with the signal's name.
    const listener = () => action()
    process.on(signal, listener)
    listening.push([signal, listener])
  }
  return () => {
    for (const [signal, listener] of listening) process.off(signal, listener)
  }
}

module.exports = { listenForSignals }
