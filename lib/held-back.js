'use strict'

const { bytes } = require('./describe')

const rounds = (count) => (count === 1 ? 'next round' : `${count} rounds from now`)

/**
 * Why a round does not capture, as the message of its skip.
 *
 * @param {import('./capture-plan').Plan} plan
 * @param {{ signal: string, bytes: number } | null} growth
 */
function whyClosed({ reason, windows }, growth) {
  if (reason === 'start-up') return 'the process is still starting'
  if (reason === 'day') return 'as many captures as a day may have were taken'
  if (reason === 'suspect')
    return `something may be growing; it is looked at again ${rounds(windows)}`
  if (growth === null) return 'memory has not grown since the last capture'
  return `${growth.signal} grew by ${bytes(growth.bytes)} since the last capture, too little for another yet`
}

module.exports = { whyClosed }
