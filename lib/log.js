'use strict'

/**
 * Logs events: to the program's logger, or to stderr as JSON lines in pino's format
 * or as text.
 */

const { Console } = require('node:console')
const os = require('node:os')
const { propertyOf } = require('./channels')
const {
  describeCheck,
  describeExhaustion,
  describeLeak,
  describeMemoryGrowth,
  describeResolved,
  describeSkip,
  describeSocket,
  describeWatching,
  headline,
  memoryHeadline
} = require('./describe')

/** As in pino's lines. */
const HOSTNAME = os.hostname()

const LEVELS = { debug: 20, info: 30, warn: 40 }

/** Codes of rounds that were held back, which is routine. */
const HELD_BACK = new Set(['GATE_CLOSED', 'DAILY_BUDGET_SPENT', 'ERR_CAPTURE_ELSEWHERE'])

const levelOf = {
  leak: () => 'warn',
  resolved: () => 'info',
  watching: () => 'info',
  socket: () => 'warn',
  'memory-growth': () => 'warn',
  exhaustion: () => 'warn',
  check: () => 'info',
  skip: ({ code }) => (HELD_BACK.has(code) ? 'debug' : 'warn')
}

/** Texts of events. */
const describe = {
  leak: describeLeak,
  resolved: describeResolved,
  check: describeCheck,
  skip: describeSkip,
  watching: describeWatching,
  socket: describeSocket,
  'memory-growth': describeMemoryGrowth,
  exhaustion: describeExhaustion
}

/** Messages beside the fields of events: the same texts, in one line. */
const messageOf = { ...describe, leak: headline, 'memory-growth': memoryHeadline }

// A Console ignores errors of a stderr whose reader has gone away.
let stderr = null
function print(text) {
  stderr ??= new Console(process.stderr, process.stderr)
  stderr.error('%s', text)
}

function printJson(level, fields, msg) {
  if (level === 'debug') return
  print(
    JSON.stringify({
      level: LEVELS[level],
      time: Date.now(),
      pid: process.pid,
      hostname: HOSTNAME,
      name: 'seep',
      ...fields,
      msg
    })
  )
}

function printPretty(level, fields) {
  if (level === 'debug') return
  const { event } = fields
  print(describe[event](fields[propertyOf(event)]))
}

/** Returns whether the logger is a console, which would print an object in Node's inspect format. */
function isConsole(logger) {
  return typeof logger.table === 'function' && typeof logger.groupEnd === 'function'
}

/** Returns a function that writes to a logger object. */
function writeTo(logger) {
  if (!isConsole(logger)) return (level, fields, message) => logger[level]?.(fields, message)
  return (level, fields) => {
    const { event } = fields
    // A console shows every level, and would print a line every minute although nothing happens.
    if (level !== 'debug') logger[level]?.('%s', describe[event](fields[propertyOf(event)]))
  }
}

/** Returns whether an event is logged by every logger. */
function isLogged(event, payload) {
  return levelOf[event](payload) !== 'debug'
}

/**
 * Returns a function that logs an event, or null if nothing is to be logged.
 *
 * @param {'json' | 'pretty' | false | { warn: Function, info?: Function, debug?: Function }} logger
 * @returns {((event: keyof typeof levelOf, payload: object) => unknown) | null} returns the result of the logger
 */
function logWith(logger) {
  if (logger === false) return null
  const write = logger === 'json' ? printJson : logger === 'pretty' ? printPretty : writeTo(logger)
  return (event, payload) => {
    const fields = { event, [propertyOf(event)]: payload }
    return write(levelOf[event](payload), fields, messageOf[event](payload))
  }
}

module.exports = { isLogged, logWith }
