'use strict'

/** Whether seep can and may run here. Nothing native is loaded unless it may. */

const { readBoolean } = require('./environment')

/** Why everything is to be inert, or null. */
function whyNot() {
  if (!readBoolean('SEEP_ENABLED', true)) return 'switched off by SEEP_ENABLED'
  if (process.versions.bun !== undefined) return 'Bun has no V8 heap to look at'
  if (process.versions.deno !== undefined) return 'Deno is not supported'
  return null
}

/**
 * The generated loader speaks of npm's defects whatever it met. Its causes are
 * what it met, the first try last: the file that belongs to this system.
 */
function reasonOf(error) {
  let first = error
  while (first.cause instanceof Error) first = first.cause
  const reason = first.message.split('\n', 1)[0]
  const isForbidden = process.permission !== undefined && reason.includes('addons is disabled')
  return isForbidden ? `${reason} Under the permission model they need --allow-addons.` : reason
}

let failure = null

/**
 * What makes the rounds of a detector, and why there is nothing that could.
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
    // Somebody counts on being told of leaks and will not be: that is worth a
    // warning. It is not worth the program.
    failure = `the native part cannot be loaded: ${reasonOf(error)}`
    process.emitWarning(`seep is disabled: ${failure}`, {
      type: 'SeepWarning',
      code: 'SEEP_NOT_LOADED',
      detail: 'Reinstall it, or run "npm run build" in its folder.'
    })
    return { makeRounds: null, disabledReason: failure }
  }
}

module.exports = { loadNative }
