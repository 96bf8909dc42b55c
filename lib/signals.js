'use strict'

const { readSignal } = require('./environment')

/**
 * The actions for each signal. There is one listener per signal, however many detectors
 * there are, because Node warns about too many listeners.
 *
 * @type {Map<string, { actions: Set<() => void>, listener: () => void }>}
 */
const listening = new Map()

function listen(signal, action) {
  let entry = listening.get(signal)
  if (entry === undefined) {
    const actions = new Set()
    const listener = () => {
      for (const each of actions) each()
    }
    entry = { actions, listener }
    listening.set(signal, entry)
    process.on(signal, listener)
  }
  entry.actions.add(action)
}

function leave(signal, action) {
  const entry = listening.get(signal)
  entry.actions.delete(action)
  if (entry.actions.size > 0) return
  listening.delete(signal)
  process.off(signal, entry.listener)
}

/**
 * Calls an action when the signal named by an environment variable arrives. No signal is
 * used by default, because other tools often use SIGUSR2.
 *
 * @param {Record<string, () => void>} actions by variable
 * @returns {() => void} removes the listeners
 */
function listenForSignals(actions) {
  const mine = []
  for (const [variable, action] of Object.entries(actions)) {
    const signal = readSignal(variable)
    if (signal === null) continue
    // Wrapped, because two detectors may share an action, and each removes only its own.
    const own = () => action()
    listen(signal, own)
    mine.push([signal, own])
  }
  return () => {
    for (const [signal, own] of mine.splice(0)) leave(signal, own)
  }
}

module.exports = { listenForSignals }
