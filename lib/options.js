'use strict'

/**
 * Checks, completes and freezes options (lib/option-table.js defines them).
 *
 * Precedence: code > environment > default. Invalid values in code throw. Invalid
 * values in the environment only cause a warning, because a typing error of an
 * operator must not stop the program (lib/environment.js).
 */

const path = require('node:path')
const { readOption } = require('./environment')
const { invalidType, invalidValue, withCode } = require('./errors')
const { nearest } = require('./nearest')
const { OPTIONS } = require('./option-table')
const types = require('./option-types')

/** The environment variables of all options. */
const VARIABLES = Object.values(OPTIONS).flatMap(({ env }) => env ?? [])
/** The options that are passed to the native part. */
const NATIVE = Object.keys(OPTIONS).filter((name) => OPTIONS[name].native)

function unknownOption(name, known) {
  const near = nearest(name, known)
  const hint = near ? `Did you mean "${near}"?` : `Known are ${known.join(', ')}`
  const error = new TypeError(`Unknown option "${name}". ${hint}`)
  return withCode(error, 'ERR_INVALID_ARG_VALUE')
}

function checkedValue(name, type, value) {
  const what = `The option "${name}"`
  if (!type.accepts(value)) throw invalidType(what, type.expected, value)
  if (!type.allows(value)) throw invalidValue(what, type.expected, value)
  return value
}

const PATH = types.path()

/** Checks an argument that is the path of a file. */
function checkPath(path) {
  if (!PATH.accepts(path)) throw invalidType('The path', 'a string', path)
  if (!PATH.allows(path)) throw invalidValue('The path', 'the name of a file', path)
}

/** Rejects unknown names, because a typing error would otherwise change the result unnoticed. */
function checkNames(given, known) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw invalidType('The options', 'an object', given)
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw unknownOption(name, known)
  }
}

/**
 * Returns the options of a table: the given ones, checked, and the defaults of the others.
 *
 * @param {Readonly<Record<string, { type: import('./option-types').OptionType, default: unknown }>>} table
 * @param {unknown} given
 */
function completeOptions(table, given) {
  checkNames(given, Object.keys(table))
  const values = Object.entries(table).map(([name, { type, default: fallback }]) => {
    const value = given[name] === undefined ? fallback : checkedValue(name, type, given[name])
    return [name, value]
  })
  return Object.fromEntries(values)
}

/** Options that are already complete, with the names of those that code has set. */
const complete = new WeakMap()

/**
 * Returns the complete options of one detector. Options that are already complete are returned unchanged.
 *
 * @param {unknown} given argument of the constructor
 * @param {(spec: import('./option-table').OptionSpec) => unknown} [instead] returns the value of an option that was not given
 * @param {object} [extra] values that seep itself adds and nobody can set
 * @throws {TypeError | RangeError} with a code, naming the option and the values it accepts
 */
function resolveOptions(given = {}, instead = readOption, extra = {}) {
  if (complete.has(given)) return given
  checkNames(given, Object.keys(OPTIONS))
  const resolved = { ...extra }
  for (const [name, spec] of Object.entries(OPTIONS)) {
    const value = given[name]
    resolved[name] = value === undefined ? instead(spec) : checkedValue(name, spec.type, value)
  }
  // Resolved now, because the program may change its working directory later.
  if (resolved.reportDir !== null) resolved.reportDir = path.resolve(resolved.reportDir)
  // Copied, because later changes by the program would change the reports.
  resolved.ignore = Object.freeze([...resolved.ignore])
  const isGiven = ([, value]) => value !== undefined
  complete.set(
    resolved,
    new Set(
      Object.entries(given)
        .filter(isGiven)
        .map(([name]) => name)
    )
  )
  return Object.freeze(resolved)
}

/**
 * Returns whether code has set an option, even if to its default.
 *
 * @param {ReturnType<typeof resolveOptions>} options
 * @param {string} name
 */
const isSet = (options, name) => complete.get(options)?.has(name) ?? false

module.exports = {
  NATIVE,
  OPTIONS,
  VARIABLES,
  checkNames,
  checkPath,
  checkedValue,
  completeOptions,
  isSet,
  resolveOptions
}
