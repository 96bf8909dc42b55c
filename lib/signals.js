'use strict'

const { readSignal } = require('./environment')

/**
 * What is to be called for each signal. One listener per signal however many
 * detectors there are: more would make Node suspect a leak.
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
 * Calls an action when the signal named by an environment variable arrives.
 * None is claimed by default: SIGUSR2 belongs to other tools often enough.
 *
 * @param {Record<string, () => void>} actions by variable
 * @returns {() => void} takes the listeners away again
 */
function listenForSignals(actions) {
  const mine = []
  for (const [variable, action] of Object.entries(actions)) {
    const signal = readSignal(variable)
    if (signal === null) continue
    // An own function: two detectors may share an action, and each leaves alone.
    const own = () => action()
    listen(signal, own)
    mine.push([signal, own])
  }
  return () => {
    for (const [signal, own] of mine.splice(0)) leave(signal, own)
  }
}

module.exports = { listenForSignals }
