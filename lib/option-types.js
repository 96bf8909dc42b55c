'use strict'

/**
 * What an option can take. Each type says so in words (`expected`), tells a
 * value of the wrong type (`accepts`) from one out of range (`allows`), and
 * reads one from an environment variable (`parse`, null when it cannot be).
 */

const { SWITCH, parseSwitch } = require('./environment')

const LOG_FORMATS = ['json', 'pretty']

/** Decimal digits only: `1e3`, `0x10` and `10s` are typing errors more often than meant. */
const parseNumber = (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN)

function integer(min, max, unit) {
  const limit = max === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : max
  return {
    expected: `an integer from ${min} to ${limit} (${unit})`,
    accepts: (value) => typeof value === 'number',
    allows: (value) => Number.isInteger(value) && value >= min && value <= max,
    parse: parseNumber
  }
}

function number(min, max) {
  return {
    expected: `a number from ${min} to ${max}`,
    accepts: (value) => typeof value === 'number',
    allows: (value) => value >= min && value <= max,
    parse: parseNumber
  }
}

function boolean() {
  return {
    expected: 'true or false',
    accepts: (value) => typeof value === 'boolean',
    allows: () => true,
    parse: parseSwitch,
    expectedOfEnvironment: SWITCH
  }
}

function oneOf(...choices) {
  return {
    expected: choices.map((choice) => `'${choice}'`).join(' or '),
    accepts: (value) => typeof value === 'string',
    allows: (value) => choices.includes(value),
    parse: (text) => text.toLowerCase()
  }
}

function path() {
  return {
    expected: 'a path',
    accepts: (value) => typeof value === 'string',
    allows: (value) => value !== '' && !value.includes('\0'),
    parse: (text) => text
  }
}

function abortSignal() {
  return {
    expected: 'an AbortSignal',
    // By shape: a signal may come from another realm (jest, vm).
    accepts: (value) =>
      value !== null &&
      typeof value === 'object' &&
      typeof value.aborted === 'boolean' &&
      typeof value.addEventListener === 'function',
    allows: () => true,
    parse: null
  }
}

function callback() {
  return {
    expected: 'a function',
    accepts: (value) => typeof value === 'function',
    allows: () => true,
    parse: null
  }
}

function logger() {
  return {
    expected: "'json', 'pretty', false or an object with a warn() method",
    accepts: (value) =>
      value === false ||
      typeof value === 'string' ||
      (value !== null && typeof value === 'object' && typeof value.warn === 'function'),
    allows: (value) => typeof value !== 'string' || LOG_FORMATS.includes(value),
    parse: (text) => (text.toLowerCase() === 'off' ? false : text.toLowerCase()),
    /** The environment has its own word for false. */
    expectedOfEnvironment: "'json', 'pretty' or 'off'"
  }
}

/** A list of what leaks are known by. */
function matchers() {
  const isRegExp = (value) => Object.prototype.toString.call(value) === '[object RegExp]'
  return {
    expected: 'an array of strings, regular expressions and functions',
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((it) => typeof it === 'string' || typeof it === 'function' || isRegExp(it)),
    allows: (value) => !value.includes(''),
    parse: (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    expectedOfEnvironment: 'names, separated by commas'
  }
}

module.exports = { abortSignal, boolean, callback, integer, logger, matchers, number, oneOf, path }
