'use strict'

/**
 * Every option, once: name, type, range, default and environment variable.
 *
 * Precedence: code > environment > default. What code passes is checked
 * strictly and throws; what the environment says can only warn, since an
 * operator's typing error must not stop the program (lib/environment.js).
 */

const path = require('node:path')
const { readOption } = require('./environment')
const { invalidType, invalidValue, withCode } = require('./errors')
const { nearest } = require('./nearest')
const types = require('./option-types')

/** setTimeout fires at once for anything longer. */
const MAX_DELAY_MS = 2 ** 31 - 1
const KIB = 1024

/**
 * @typedef {object} OptionSpec
 * @property {{ expected: string, accepts: (value: unknown) => boolean, allows: (value: any) => boolean,
 *   parse: ((text: string) => unknown) | null }} type what the option takes (lib/option-types.js)
 * @property {unknown} default
 * @property {string | null} env
 */

/** @type {Readonly<Record<string, OptionSpec>>} */
const OPTIONS = Object.freeze({
  intervalMs: {
    type: types.integer(100, MAX_DELAY_MS, 'milliseconds'),
    default: 60_000,
    env: 'SEEP_INTERVAL_MS'
  },
  gate: { type: types.oneOf('growth', 'always'), default: 'growth', env: 'SEEP_GATE' },
  capture: {
    type: types.oneOf('auto', 'walk', 'fork', 'inline'),
    default: 'auto',
    env: 'SEEP_CAPTURE'
  },
  maxPauseMs: {
    type: types.integer(1, MAX_DELAY_MS, 'milliseconds'),
    default: 500,
    env: 'SEEP_MAX_PAUSE_MS'
  },
  maxHeadroomFraction: { type: types.number(0.01, 1), default: 0.5, env: null },
  maxDailyCpuMs: {
    type: types.integer(1000, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 300_000,
    env: 'SEEP_MAX_DAILY_CPU_MS'
  },
  minChecks: { type: types.integer(2, 1000, 'snapshots'), default: 3, env: 'SEEP_MIN_CHECKS' },
  minGrowthBytes: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
    default: 64 * KIB,
    env: 'SEEP_MIN_GROWTH_BYTES'
  },
  cooldownMs: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'milliseconds'),
    default: 3_600_000,
    env: 'SEEP_COOLDOWN_MS'
  },
  warmUpMs: {
    type: types.integer(0, MAX_DELAY_MS, 'milliseconds'),
    default: 0,
    env: 'SEEP_WARMUP_MS'
  },
  ignore: { type: types.matchers(), default: Object.freeze([]), env: 'SEEP_IGNORE' },
  redactNames: { type: types.boolean(), default: false, env: 'SEEP_REDACT_NAMES' },
  signal: { type: types.abortSignal(), default: null, env: null },
  logger: { type: types.logger(), default: false, env: 'SEEP_LOG' },
  reportDir: { type: types.path(), default: null, env: 'SEEP_REPORT_DIR' }
})

/** The variables of all of them. */
const VARIABLES = Object.values(OPTIONS).flatMap(({ env }) => env ?? [])

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
 * @param {(spec: OptionSpec) => unknown} [instead] the value of an option that was not given
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

module.exports = { OPTIONS, VARIABLES, checkNames, checkPath, checkedValue, resolveOptions }
