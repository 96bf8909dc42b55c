'use strict'

/** Maps detectors to their histories, so that neither needs a public name for the other. */

const histories = new WeakMap()

/** @param {import('./history').History | null} history null for a detector that is disabled */
function offerHistory(detector, history) {
  histories.set(detector, history)
}

/** @returns {import('./history').History | null | undefined} undefined for objects that are not detectors */
function historyOf(detector) {
  return histories.get(detector)
}

module.exports = { historyOf, offerHistory }
