'use strict'

/** Returns a default value as code, with the digits of long numbers in groups; null if it has no literal. */
function literal(value) {
  if (typeof value === 'number') {
    return value < 10_000 ? String(value) : String(value).replace(/\B(?=(\d{3})+$)/g, '_')
  }
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return JSON.stringify(value)
  return typeof value === 'boolean' ? String(value) : null
}

module.exports = { literal }
