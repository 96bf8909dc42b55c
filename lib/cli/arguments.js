'use strict'

/** Parses the arguments of a command, with helpful messages for wrong ones. */

const { parseArgs } = require('node:util')
const { withCode } = require('../errors')
const { nearest } = require('../nearest')

/** Returns the error for a command line that makes no sense: exit code 2. */
function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

/**
 * Calls `parseArgs` of node:util, with seep's own message for an unknown option.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {NonNullable<import('node:util').ParseArgsConfig['options']>} options
 */
function parseCommand(command, args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    if (!error.code?.endsWith('_UNKNOWN_OPTION')) throw error
    throw usage(explain(command, args, unknownOf(error), options))
  }
}

/** Extracts the option from Node's message, which quotes it; the rest of that message would be misleading here. */
function unknownOf(error) {
  return /'(-[^']*)'/.exec(error.message)?.[1] ?? 'option'
}

function explain(command, args, unknown, options) {
  const known = [...Object.keys(options), 'help']
  const near = nearest(unknown.replace(/^-+/, ''), known)
  const hint = near === undefined ? '' : ` Did you mean --${near}?`
  const takes = `seep ${command} takes ${known.map((name) => `--${name}`).join(', ')}.`
  const at = args.findIndex((arg) => !arg.startsWith('-'))
  // The option belongs to the program that is to be run.
  const isOfProgram =
    command === 'run' && at !== -1 && args.findIndex((arg) => arg.startsWith(unknown)) > at
  if (!isOfProgram) return `unknown option ${unknown}.${hint} ${takes}`
  const meant = [...args.slice(0, at), '--', ...args.slice(at)].join(' ')
  return `${unknown} comes after the program. Write: seep run ${meant}`
}

module.exports = { parseCommand, usage }
