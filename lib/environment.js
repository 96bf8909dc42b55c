'use strict'

/**
 * What the operator says, through environment variables.
 *
 * Read when a detector is made. A bad value is one warning per process and
 * value, and counts as not given. Empty counts as not given as well.
 */

const PREFIX = 'SEEP_'
/** What is no option. */
const OTHERS = ['ENABLED', 'SIGNAL', 'SNAPSHOT_SIGNAL', 'RUN_DIR'].map((name) => PREFIX + name)

const TRUE = new Set(['1', 'true', 'on', 'yes'])
const FALSE = new Set(['0', 'false', 'off', 'no'])
const SWITCH = '1/0, true/false, on/off or yes/no'

/** @type {Set<string>} what was warned about: at most one entry per variable and value */
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
 * Warns of each variable that is not ours but named almost like one. Others may
 * be anybody's: Kubernetes makes SEEP_SERVICE_HOST for a service named so.
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
    warnOnce(name, `${name} is not known and does nothing; did you mean ${near}?`)
  }
}

/** @returns {boolean | null} null for what is not `SWITCH`, in any case */
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

/** The value of an option (lib/option-table.js) that code did not give. */
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
 * Not to be listened to: the first end a program that does not, the debugger's
 * is Node's, each capture ends with SIGCHLD, and the others tell of a fault,
 * after which nothing can go on.
 */
const TAKEN = new Set(
  ['TERM', 'INT', 'KILL', 'STOP', 'USR1', 'CHLD', 'PROF']
    .concat('SEGV', 'BUS', 'FPE', 'ILL', 'ABRT', 'IOT', 'TRAP', 'SYS')
    .map((name) => `SIG${name}`)
)

/** A signal that this system knows and that is free, such as SIGUSR2, or null. */
function readSignal(name) {
  const text = read(name)
  if (text === undefined) return null
  const { signals } = require('node:os').constants
  const signal = text.toUpperCase()
  if (Object.hasOwn(signals, signal) && !TAKEN.has(signal)) return signal
  const expected = 'the name of a signal that is free, such as SIGUSR2 or SIGHUP'
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
