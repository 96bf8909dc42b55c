'use strict'

/** Maps detectors to what the page needs of them, so that neither needs a public name for the other. */

const histories = new WeakMap()
const snapshots = new WeakMap()

/**
 * @param {import('./history').History | null} history null for a detector that is disabled
 * @param {(signal: AbortSignal) => Promise<import('../live-snapshot').OpenSnapshot>} openSnapshot
 */
function offer(detector, history, openSnapshot) {
  histories.set(detector, history)
  snapshots.set(detector, openSnapshot)
}

/** @returns {import('./history').History | null | undefined} undefined for objects that are not detectors */
function historyOf(detector) {
  return histories.get(detector)
}

/** Takes a snapshot of the detector's process. Rejects with the code of the skip. */
function openSnapshot(detector, signal) {
  return snapshots.get(detector)(signal)
}

module.exports = { historyOf, offer, openSnapshot }
