'use strict'

/** Decides whether seep can and may run here. The native part is only loaded if it may. */

const { readBoolean } = require('./environment')

/** Returns why everything must be inert, or null. */
function whyNot() {
  if (!readBoolean('SEEP_ENABLED', true)) return 'switched off by SEEP_ENABLED'
  if (process.versions.bun !== undefined) return 'Bun does not use V8'
  if (process.versions.deno !== undefined) return 'Deno is not supported'
  return null
}

/**
 * Returns the reason of a load error. The message of the generated loader always
 * mentions npm bugs. The real reasons are its causes; the last one belongs to the
 * file for this system.
 */
function reasonOf(error) {
  let first = error
  while (first.cause instanceof Error) first = first.cause
  const reason = first.message.split('\n', 1)[0]
  const isForbidden = process.permission !== undefined && reason.includes('addons is disabled')
  return isForbidden ? `${reason} With the permission model, addons need --allow-addons.` : reason
}

let failure = null

/**
 * Returns a function that creates the rounds of a detector, or the reason why there is none.
 *
 * @returns {{ makeRounds: import('./watch').MakeRounds | null, disabledReason: string | null }}
 */
function loadNative() {
  const disabledReason = whyNot() ?? failure
  if (disabledReason !== null) return { makeRounds: null, disabledReason }
  try {
    const binding = require('../binding')
    const { Rounds } = require('./rounds')
    const makeRounds = (options, emit) => new Rounds(binding, options, emit)
    return { makeRounds, disabledReason: null }
  } catch (error) {
    // The user expects leaks to be reported, so this deserves a warning, but it
    // must not stop the program.
    failure = `the native part cannot be loaded: ${reasonOf(error)}`
    process.emitWarning(`seep is disabled: ${failure}`, {
      type: 'SeepWarning',
      code: 'SEEP_NOT_LOADED',
      detail: 'Reinstall seep, or run "npm run build" in its folder.'
    })
    return { makeRounds: null, disabledReason: failure }
  }
}

module.exports = { loadNative }
