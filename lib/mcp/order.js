'use strict'

/** Whether the files of a question are in the order of their times. */

const { disorderOf } = require('../files')
const { refusal } = require('./errors')

/** Throws if a file is older than the one before it. */
async function checkAscending(files) {
  const disorder = await disorderOf(files)
  if (disorder === null) return
  const next = 'name the oldest first; if copying has changed the times, set them with touch'
  throw refusal(`${disorder}. Next: ${next}`)
}

module.exports = { checkAscending }
