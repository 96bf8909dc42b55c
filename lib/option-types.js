'use strict'

/**
 * What an option can take.
 *
 * @typedef {object} OptionType
 * @property {string} expected in words
 * @property {string} [expectedOfEnvironment] of its variable, where that differs
 * @property {string} typescript as a type
 * @property {(value: unknown) => boolean} accepts whether a value is of this type
 * @property {(value: any) => boolean} allows whether one of this type is in its range
 * @property {((text: string) => unknown) | null} parse reads it from a variable; null when it cannot be
 */

const { SWITCH, parseSwitch } = require('./environment')

const LOG_FORMATS = ['json', 'pretty']

/** Decimal digits only: `1e3`, `0x10` and `10s` are typing errors more often than meant. */
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

/** @param {string} typescript its signature */
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
    /** The environment has its own word for false. */
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

/** A list of what leaks are known by. */
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

module.exports = { abortSignal, boolean, callback, integer, logger, matchers, number, oneOf, path }
