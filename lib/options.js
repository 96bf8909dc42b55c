'use strict'

/**
 * The options of a detector: checked, completed and frozen (lib/option-table.js has them).
 *
 * Precedence: code > environment > default. What code passes is checked
 * strictly and throws; what the environment says can only warn, since an
 * operator's typing error must not stop the program (lib/environment.js).
 */

const path = require('node:path')
const { readOption } = require('./environment')
const { invalidType, invalidValue, withCode } = require('./errors')
const { nearest } = require('./nearest')
const { OPTIONS } = require('./option-table')
const types = require('./option-types')

/** The variables of all of them. */
const VARIABLES = Object.values(OPTIONS).flatMap(({ env }) => env ?? [])
/** Those that the native part is given. */
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

/** The path of a file, as an argument. */
function checkPath(path) {
  if (!PATH.accepts(path)) throw invalidType('The path', 'a string', path)
  if (!PATH.allows(path)) throw invalidValue('The path', 'the name of a file', path)
}

/** What is not known is refused: a typing error would change the answer unnoticed. */
function checkNames(given, known) {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    throw invalidType('The options', 'an object', given)
  }
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw unknownOption(name, known)
  }
}

/** What is complete already. */
const complete = new WeakSet()

/**
 * The complete options of one detector. Complete ones stay as they are.
 *
 * @param {unknown} given what the constructor was called with
 * @param {(spec: import('./option-table').OptionSpec) => unknown} [instead] the value of an option that was not given
 * @param {object} [beside] what seep itself adds and nobody can set
 * @throws {TypeError | RangeError} with a code, naming the option and what it takes
 */
function resolveOptions(given = {}, instead = readOption, beside = {}) {
  if (complete.has(given)) return given
  checkNames(given, Object.keys(OPTIONS))
  const resolved = { ...beside }
  for (const [name, spec] of Object.entries(OPTIONS)) {
    const value = given[name]
    resolved[name] = value === undefined ? instead(spec) : checkedValue(name, spec.type, value)
  }
  // Now, because the program may change its directory later.
  if (resolved.reportDir !== null) resolved.reportDir = path.resolve(resolved.reportDir)
  // A list that the program goes on changing would change what is reported.
  resolved.ignore = Object.freeze([...resolved.ignore])
  complete.add(resolved)
  return Object.freeze(resolved)
}

module.exports = { NATIVE, OPTIONS, VARIABLES, checkNames, checkPath, checkedValue, resolveOptions }
