'use strict'

/**
 * Reads settings from environment variables, when a detector is created.
 *
 * An invalid value causes one warning per process and value, and is ignored. An empty
 * value is ignored too.
 */

const PREFIX = 'SEEP_'
/** Variables that are not options. */
const OTHERS = ['ENABLED', 'SIGNAL', 'SNAPSHOT_SIGNAL', 'RUN_DIR'].map((name) => PREFIX + name)

const TRUE = new Set(['1', 'true', 'on', 'yes'])
const FALSE = new Set(['0', 'false', 'off', 'no'])
const SWITCH = '1/0, true/false, on/off or yes/no'

/** @type {Set<string>} warnings already given: at most one entry per variable and value */
const warned = new Set()

function read(name) {
  const text = process.env[name]?.trim()
  return text === '' ? undefined : text
}

function warnOnce(key, message) {
  if (warned.has(key)) return
  warned.add(key)
  process.emitWarning(message, { type: 'SeepWarning', code: 'SEEP_BAD_ENVIRONMENT' })
}

function warnOfValue(name, text, expected, instead) {
  const message = `${name} must be ${expected}, not "${text.slice(0, 60)}"; using ${instead}`
  warnOnce(`${name}=${text}`, message)
}

/**
 * Warns about variables whose names are almost those of seep. Others are ignored: for
 * example, Kubernetes sets SEEP_SERVICE_HOST for a service called seep.
 *
 * @param {string[]} options names of the options' variables
 */
function warnOfMisspelt(options) {
  const known = [...options, ...OTHERS]
  for (const name of Object.keys(process.env)) {
    if (!name.startsWith(PREFIX) || known.includes(name)) continue
    const { nearest } = require('./nearest')
    const near = nearest(name, known, PREFIX)
    if (near === undefined) continue
    warnOnce(name, `${name} is unknown and has no effect; did you mean ${near}?`)
  }
}

/** @returns {boolean | null} null if the text is not one of `SWITCH`, in any case */
function parseSwitch(text) {
  const lower = text.toLowerCase()
  return TRUE.has(lower) ? true : FALSE.has(lower) ? false : null
}

function readBoolean(name, fallback) {
  const text = read(name)
  if (text === undefined) return fallback
  const value = parseSwitch(text)
  if (value !== null) return value
  warnOfValue(name, text, SWITCH, fallback ? '1' : '0')
  return fallback
}

/** Returns the value of an option (lib/option-table.js) that is not set in code. */
function readOption(spec) {
  const text = spec.env === null ? undefined : read(spec.env)
  if (text === undefined) return spec.default
  const value = spec.type.parse(text)
  if (spec.type.accepts(value) && spec.type.allows(value)) return value
  const expected = spec.type.expectedOfEnvironment ?? spec.type.expected
  warnOfValue(spec.env, text, expected, spec.default === false ? 'off' : spec.default)
  return spec.default
}

/**
 * Signals that seep must not handle. TERM and INT would no longer end the program, KILL
 * and STOP cannot be handled, USR1 starts Node's debugger, CHLD arrives after every
 * capture, PROF belongs to profilers, and the others report a fault after which nothing can continue.
 */
const TAKEN = new Set(
  ['TERM', 'INT', 'KILL', 'STOP', 'USR1', 'CHLD', 'PROF']
    .concat('SEGV', 'BUS', 'FPE', 'ILL', 'ABRT', 'IOT', 'TRAP', 'SYS')
    .map((name) => `SIG${name}`)
)

/** Returns a signal that exists on this system and is free, such as SIGUSR2, or null. */
function readSignal(name) {
  const text = read(name)
  if (text === undefined) return null
  const { signals } = require('node:os').constants
  const signal = text.toUpperCase()
  if (Object.hasOwn(signals, signal) && !TAKEN.has(signal)) return signal
  const expected = 'the name of a free signal, such as SIGUSR2 or SIGHUP'
  warnOfValue(name, text, expected, 'none')
  return null
}

module.exports = {
  OTHERS,
  SWITCH,
  parseSwitch,
  readBoolean,
  readOption,
  readSignal,
  warnOfMisspelt
}
