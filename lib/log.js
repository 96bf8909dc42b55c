'use strict'

/**
 * Events as log lines: to the program's logger, or to stderr as JSON (one
 * object a line, in pino's shape) or for a person.
 */

const { Console } = require('node:console')
const os = require('node:os')
const {
  describeCheck,
  describeLeak,
  describeResolved,
  describeSkip,
  describeWatching
} = require('./describe')

/** As pino has it. */
const HOSTNAME = os.hostname()

const LEVELS = { debug: 20, info: 30, warn: 40 }

/** Rounds that are held back are the normal case, not news. */
const HELD_BACK = new Set(['GATE_CLOSED', 'DAILY_BUDGET_SPENT', 'ERR_CAPTURE_ELSEWHERE'])

const levelOf = {
  leak: () => 'warn',
  resolved: () => 'info',
  watching: () => 'info',
  check: () => 'info',
  skip: ({ code }) => (HELD_BACK.has(code) ? 'debug' : 'warn')
}

const messageOf = {
  leak: (leak) => leak.title,
  resolved: (leak) => `no longer growing: ${leak.title}`,
  watching: describeWatching,
  check: describeCheck,
  skip: ({ message }) => message
}

/** As a person reads it. */
const describe = {
  leak: describeLeak,
  resolved: describeResolved,
  check: describeCheck,
  skip: describeSkip,
  watching: describeWatching
}

// A Console, since it survives a stderr whose reader went away.
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
  print(describe[event](fields[event]))
}

/** A console prints what it is given first, and an object as Node inspects it: text serves a person better. */
function isConsole(logger) {
  return typeof logger.table === 'function' && typeof logger.groupEnd === 'function'
}

/** How an object is called. */
function writeTo(logger) {
  if (!isConsole(logger)) return (level, fields, message) => logger[level]?.(fields, message)
  return (level, { event, [event]: payload }) => {
    // A console shows every level: a line a minute that nothing has happened.
    if (level !== 'debug') logger[level]?.('%s', describe[event](payload))
  }
}

/** Whether an event makes a line in every log. */
function isLogged(event, payload) {
  return levelOf[event](payload) !== 'debug'
}

/**
 * What to do with an event, or null when nothing is to be logged.
 *
 * @param {'json' | 'pretty' | false | { warn: Function, info?: Function, debug?: Function }} logger
 * @returns {((event: 'leak' | 'resolved' | 'check' | 'skip' | 'watching', payload: object) => unknown) | null} gives what the logger gave
 */
function logWith(logger) {
  if (logger === false) return null
  const write = logger === 'json' ? printJson : logger === 'pretty' ? printPretty : writeTo(logger)
  return (event, payload) => {
    const fields = { event, [event]: payload }
    return write(levelOf[event](payload), fields, messageOf[event](payload))
  }
}

module.exports = { isLogged, logWith }
