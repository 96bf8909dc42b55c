'use strict'

/**
 * Functions over snapshot files. They look at files, not at this process, so
 * the kill switch is not their business.
 */

const { invalidType, invalidValue, withCode } = require('./errors')

function checkPath(path) {
  if (typeof path !== 'string' || path === '') throw invalidType('The path', 'a path', path)
}

function checkIds(ids) {
  if (!Array.isArray(ids)) throw invalidType('The option "ids"', 'an array of object ids', ids)
  for (const id of ids) {
    if (!Number.isInteger(id) || id < 0 || id > 0xffffffff) {
      throw invalidValue('An id', 'an integer from 0 to 4294967295', id)
    }
  }
}

/** @returns {Promise<object>} an Analysis (index.d.ts) */
async function analyzeFile(path, { ids = [] } = {}) {
  checkPath(path)
  checkIds(ids)
  const answer = JSON.parse(await require('../binding').analyzeFile(path, ids))
  if (answer.error === undefined) return answer.result
  const { code, message, offset } = answer.error
  const error = withCode(new Error(`${path}: ${message}`), code)
  if (offset !== null) error.offset = offset
  throw error
}

module.exports = { analyzeFile }
