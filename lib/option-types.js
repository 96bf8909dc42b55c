'use strict'

/**
 * The values that an option accepts.
 *
 * @typedef {object} OptionType
 * @property {string} expected description for error messages and docs
 * @property {string} [expectedOfEnvironment] the same for the environment variable, if it differs
 * @property {string} typescript the TypeScript type
 * @property {(value: unknown) => boolean} accepts whether a value has this type
 * @property {(value: any) => boolean} allows whether a value of this type is in range
 * @property {((text: string) => unknown) | null} parse reads a value from an environment variable; null if there is none
 */

const { SWITCH, parseSwitch } = require('./environment')

const LOG_FORMATS = ['json', 'pretty']

/** Reads decimal digits only, because `1e3`, `0x10` and `10s` are more likely to be typing errors than intended. */
const parseNumber = (text) => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN)

function integer(min, max, unit) {
  const limit = max === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : max
  return {
    expected: `an integer from ${min} to ${limit} (${unit})`,
    typescript: 'number',
    accepts: (value) => typeof value === 'number',
    allows: (value) => Number.isInteger(value) && value >= min && value <= max,
    parse: parseNumber
  }
}

function number(min, max) {
  return {
    expected: `a number from ${min} to ${max}`,
    typescript: 'number',
    accepts: (value) => typeof value === 'number',
    allows: (value) => value >= min && value <= max,
    parse: parseNumber
  }
}

function boolean() {
  return {
    expected: 'true or false',
    expectedOfEnvironment: SWITCH,
    typescript: 'boolean',
    accepts: (value) => typeof value === 'boolean',
    allows: () => true,
    parse: parseSwitch
  }
}

function oneOf(...choices) {
  const quoted = choices.map((choice) => `'${choice}'`)
  return {
    expected: `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`,
    typescript: quoted.join(' | '),
    accepts: (value) => typeof value === 'string',
    allows: (value) => choices.includes(value),
    parse: (text) => text.toLowerCase()
  }
}

/**
 * @param {string} expected
 * @param {RegExp} [pattern] that the text must match
 */
function string(expected, pattern = /^/) {
  return {
    expected,
    typescript: 'string',
    accepts: (value) => typeof value === 'string',
    allows: (value) => pattern.test(value),
    parse: null
  }
}

function path() {
  return {
    expected: 'a path',
    typescript: 'string',
    accepts: (value) => typeof value === 'string',
    allows: (value) => value !== '' && !value.includes('\0'),
    parse: (text) => text
  }
}

function abortSignal() {
  return {
    expected: 'an AbortSignal',
    typescript: 'AbortSignal',
    // Checks the shape, because the signal may come from another realm (jest, vm).
    accepts: (value) =>
      value !== null &&
      typeof value === 'object' &&
      typeof value.aborted === 'boolean' &&
      typeof value.addEventListener === 'function',
    allows: () => true,
    parse: null
  }
}

/**
 * An object that is used through one method only.
 *
 * @param {string} method
 * @param {string} parameters of the method, as TypeScript
 */
function having(method, parameters) {
  return {
    expected: `an object with a ${method}() method`,
    typescript: `{ ${method}(${parameters}): unknown }`,
    accepts: (value) => typeof value?.[method] === 'function',
    allows: () => true,
    parse: null
  }
}

/** @param {string} typescript the signature */
function callback(typescript) {
  return {
    expected: 'a function',
    typescript: `(${typescript})`,
    accepts: (value) => typeof value === 'function',
    allows: () => true,
    parse: null
  }
}

function logger() {
  return {
    expected: "'json', 'pretty', false or an object with a warn() method",
    /** The environment uses the word `off` for false. */
    expectedOfEnvironment: "'json', 'pretty' or 'off'",
    typescript: "Logger | 'json' | 'pretty' | false",
    accepts: (value) =>
      value === false ||
      typeof value === 'string' ||
      (value !== null && typeof value === 'object' && typeof value.warn === 'function'),
    allows: (value) => typeof value !== 'string' || LOG_FORMATS.includes(value),
    parse: (text) => (text.toLowerCase() === 'off' ? false : text.toLowerCase())
  }
}

/** A list of matchers for leaks. */
function matchers() {
  const isRegExp = (value) => Object.prototype.toString.call(value) === '[object RegExp]'
  return {
    expected: 'an array of strings, regular expressions and functions',
    expectedOfEnvironment: 'names, separated by commas',
    typescript: 'readonly (string | RegExp | ((leak: LeakReport) => boolean))[]',
    accepts: (value) =>
      Array.isArray(value) &&
      value.every((it) => typeof it === 'string' || typeof it === 'function' || isRegExp(it)),
    allows: (value) => !value.includes(''),
    parse: (text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== '')
  }
}

module.exports = {
  abortSignal,
  boolean,
  callback,
  having,
  integer,
  logger,
  matchers,
  number,
  oneOf,
  path,
  string
}
