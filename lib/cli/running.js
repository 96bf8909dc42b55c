'use strict'

/** What the commands about one running process have in common. */

const { describeCheck, describeLeak, describeSkip, nativeGrowth, visible } = require('../describe')
const { withCode } = require('../errors')
const { answer } = require('../page/view/verdict')
const { findProcess } = require('../socket/client')
const { usage } = require('./arguments')
const { LEAK } = require('./exit-codes')

const OPTIONS = {
  json: { type: 'boolean', default: false },
  'fail-on-leak': { type: 'boolean', default: false }
}

const PID = 'the number of a running process, as in seep ps'

/** Returns the process that the only argument names. */
function onlyProcess(positionals) {
  if (positionals.length === 1) return findProcess(positionals[0])
  throw usage(`expected ${PID}`)
}

/** Returns a check as text, with every leak and suspect. */
function describeReport(check) {
  const found = [...check.leaks, ...check.suspects].map(describeLeak)
  const growth = nativeGrowth(check)
  const native = growth === null ? [] : [`${growth.title}\n\n  ${growth.advice}`]
  return [describeCheck(check), ...found, ...native].join('\n\n')
}

/** Returns why there is no verdict, in the words of the status page. */
function describeNone(report) {
  const { title, text } = answer({ ...report, check: null })
  return `seep: ${title.toLowerCase()}. ${text}`
}

/**
 * Prints a check, and sets the exit code.
 *
 * @param {object | null} check a CheckReport
 * @param {{ json: boolean, 'fail-on-leak': boolean }} values
 * @param {() => string} none text for no check
 */
function show(check, values, none) {
  const text = check === null ? none() : describeReport(check)
  // Another program has written it.
  process.stdout.write(`${values.json ? JSON.stringify(check) : visible(text)}\n`)
  if (values['fail-on-leak'] && check?.verdict === 'leak') process.exitCode = LEAK
}

/** Returns the error for a round that was skipped. */
function skipped({ skip }) {
  return withCode(new Error(visible(describeSkip(skip))), 'ERR_PROCESS')
}

module.exports = { OPTIONS, PID, describeNone, onlyProcess, show, skipped }
