'use strict'

/** Whether the files of a question are in the order of their times. */

const { checkOrder } = require('../cli/snapshot-files')
const { withCode } = require('../errors')

/** Throws if a file is older than the one before it: growth would look like shrinking. */
async function checkAscending(files) {
  try {
    await checkOrder(files)
  } catch (error) {
    if (error.code !== 'ERR_USAGE') throw error
    const [wrong] = error.message.split('. ')
    const next =
      'Next: name the oldest first; if copying has changed the times, set them with touch'
    throw withCode(new Error(`${wrong}. ${next}`), 'ERR_INVALID_ARG_VALUE')
  }
}

module.exports = { checkAscending }
