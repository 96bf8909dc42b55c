'use strict'

/** Errors with stable codes. Codes are API and listed in docs/api.md; messages are not. */

const { inspect } = require('node:util')

/** What a bad value looked like: enough to recognise it, never all of it. */
function received(value) {
  if (typeof value === 'function') return 'a function'
  // The value may not have its say: it is wrong already, and could throw.
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

/** `value` is of the wrong type. */
function invalidType(what, expected, value) {
  const message = `${what} must be ${expected}. Received ${received(value)}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

/** `value` has the right type, but is out of range or not one of the choices. */
function invalidValue(what, expected, value) {
  const message = `${what} must be ${expected}. Received ${received(value)}`
  return withCode(new RangeError(message), 'ERR_INVALID_ARG_VALUE')
}

module.exports = { invalidType, invalidValue, withCode }
