'use strict'

/** Errors with stable codes. Codes are API and listed in docs/api.md; messages are not. */

const { inspect } = require('node:util')

/** Describes an invalid value, shortened so that a long one is never shown in full. */
function received(value) {
  if (typeof value === 'function') return 'a function'
  // Custom inspection is off, because the code of an invalid value could throw.
  const text = inspect(value, {
    depth: 0,
    breakLength: Number.POSITIVE_INFINITY,
    customInspect: false
  })
  const short = text.length > 60 ? `${text.slice(0, 60)}...` : text
  return value == null || typeof value === 'object' ? short : `${short} (${typeof value})`
}

function withCode(error, code) {
  Object.defineProperty(error, 'code', { value: code, enumerable: true, configurable: true })
  return error
}

/** Returns an error for a value of the wrong type. */
function invalidType(what, expected, value) {
  const message = `${what} must be ${expected}. Received ${received(value)}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

/** Returns an error for a value of the right type that is out of range or not one of the choices. */
function invalidValue(what, expected, value) {
  const message = `${what} must be ${expected}. Received ${received(value)}`
  return withCode(new RangeError(message), 'ERR_INVALID_ARG_VALUE')
}

module.exports = { invalidType, invalidValue, withCode }
