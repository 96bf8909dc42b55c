'use strict'

/** Which history belongs to which detector, so that neither needs a public name for it. */

const histories = new WeakMap()

/** @param {import('./history').History | null} history null for a detector that is disabled */
function offerHistory(detector, history) {
  histories.set(detector, history)
}

/** @returns {import('./history').History | null | undefined} undefined for what is no detector of ours */
function historyOf(detector) {
  return histories.get(detector)
}

module.exports = { historyOf, offerHistory }
