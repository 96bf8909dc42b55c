'use strict'

/**
 * What the operator says, through environment variables.
 *
 * Read when a detector is made. A bad value is one warning per process and
 * value, and counts as not given. Empty counts as not given as well.
 */

const TRUE = new Set(['1', 'true', 'on', 'yes'])
const FALSE = new Set(['0', 'false', 'off', 'no'])
const SWITCH = '1/0, true/false, on/off or yes/no'

/** @type {Set<string>} what was warned about: at most one entry per variable and value */
const warned = new Set()

function read(name) {
  const text = process.env[name]?.trim()
  return text === '' ? undefined : text
}

function warnOnce(name, text, expected, instead) {
  const key = `${name}=${text}`
  if (warned.has(key)) return
  warned.add(key)
  process.emitWarning(`${name} must be ${expected}, not "${text.slice(0, 60)}"; using ${instead}`, {
    type: 'SeepWarning',
    code: 'SEEP_BAD_ENVIRONMENT'
  })
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
  warnOnce(name, text, SWITCH, fallback ? '1' : '0')
  return fallback
}

/** The value of an option (lib/options.js) that code did not give. */
function readOption(spec) {
  const text = spec.env === null ? undefined : read(spec.env)
  if (text === undefined) return spec.default
  const value = spec.type.parse(text)
  if (spec.type.accepts(value) && spec.type.allows(value)) return value
  const expected = spec.type.expectedOfEnvironment ?? spec.type.expected
  warnOnce(spec.env, text, expected, spec.default === false ? 'off' : spec.default)
  return spec.default
}

/** A signal that this system knows, such as SIGUSR2, or null. */
function readSignal(name) {
  const text = read(name)?.toUpperCase()
  if (text === undefined) return null
  const { signals } = require('node:os').constants
  if (Object.hasOwn(signals, text) && text !== 'SIGKILL' && text !== 'SIGSTOP') return text
  warnOnce(name, text, 'the name of a signal that can be caught, such as SIGUSR2', 'none')
  return null
}

module.exports = { SWITCH, parseSwitch, readBoolean, readOption, readSignal }
