'use strict'

const { bytes } = require('./describe')

const rounds = (count) => (count === 1 ? 'in the next round' : `in ${count} rounds`)

/** Names of the memory floors in lib/memory.js. */
const MEMORY = {
  heap: 'the heap',
  arrayBuffers: 'ArrayBuffer memory',
  external: 'external memory',
  resident: 'resident memory'
}

/**
 * Returns why a round does not capture, as the message of its skip.
 *
 * @param {import('./capture-plan').Plan} plan
 * @param {{ signal: string, bytes: number } | null} growth
 */
function whyClosed({ reason, windows }, growth) {
  if (reason === 'start-up') return 'the process is still starting'
  if (reason === 'day') return 'the daily limit of captures has been reached'
  if (reason === 'suspect')
    return `something may be growing; the next capture is ${rounds(windows)}`
  if (growth === null) return 'memory has not grown since the last capture'
  return `${MEMORY[growth.signal]} has grown by only ${bytes(growth.bytes)} since the last capture`
}

module.exports = { whyClosed }
