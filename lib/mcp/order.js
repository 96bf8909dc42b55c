'use strict'

/** Whether the files of a question are in the order of their times. */

const { checkOrder } = require('../cli/snapshot-files')
const { refusal } = require('./errors')

/** Throws if a file is older than the one before it: growth would look like shrinking. */
async function checkAscending(files) {
  try {
    await checkOrder(files)
  } catch (error) {
    if (error.code !== 'ERR_USAGE') throw error
    const wrong = error.message.replace(/\. Name the oldest first.*$/s, '')
    const next = 'name the oldest first; if copying has changed the times, set them with touch'
    throw refusal(`${wrong}. Next: ${next}`)
  }
}

module.exports = { checkAscending }
