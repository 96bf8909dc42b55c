'use strict'

/** A verdict as a reply: that over files, the last one of a running process, or a new one. */

const { describeCheck, nativeGrowth } = require('../describe')
const { answer } = require('../page/view/verdict')
const { leaksReply } = require('./leak-rows')
const { cut, name, visible } = require('./names')
const { reply } = require('./reply')

/** After a fix, by where the verdict comes from. */
const FIXED = {
  files: 'take as many snapshots of the fixed program and call verify',
  process: 'restart the program and check it after the same work'
}

const HINTS = {
  leak: 'fix the first leak at its place; then',
  suspected: 'look again after more of the same work, or call why for its class',
  healthy:
    'nothing grows; if memory does, compare snapshots that are further apart, or call overview',
  'native-growth': 'memory outside the JavaScript heap grows: follow the advice',
  'insufficient-data': 'look again after more of the same work'
}

/** What a running process has not measured. */
function missingFrom({ verdict, leaks, suspects }) {
  const found = [...leaks, ...suspects]
  const missing = []
  if (verdict === 'suspected' || verdict === 'insufficient-data') {
    missing.push('more checks, with the same work before each')
  }
  if (found.length > 0 && found.every(({ allocations }) => allocations === null)) {
    missing.push(`created in, stored in: ${name(String(found[0].allocationsReason))}`)
  }
  return missing
}

/** Returns the reply for a check of a running process. */
function processReply(check, how) {
  return checkReply(check, 'process', { ...how, missing: missingFrom(check) })
}

/**
 * @param {object} check a CheckReport
 * @param {keyof typeof FIXED} from
 * @param {{ cursor?: string, maxBytes: number, missing: string[], places: import('./places').Places }} how
 */
function checkReply(check, from, { cursor, maxBytes, missing, places }) {
  const { verdict, leaks, suspects } = check
  const native = nativeGrowth(check)
  const hint = verdict === 'leak' ? `${HINTS.leak} ${FIXED[from]}` : HINTS[verdict]
  const outside = native === null ? [] : [`${native.title}\n${native.advice}`]
  return leaksReply(
    {
      leaks: [...leaks, ...suspects],
      offset: Number(cursor ?? 0),
      head: {
        verdict: name(verdict),
        ...(native === null ? {} : { native: cut(visible(native.title), 300) }),
        missing
      },
      intro: [describeCheck({ ...check, suspects: [] }), ...outside].map(visible),
      hint,
      places
    },
    maxBytes
  )
}

/** Returns the reply for a process that has no verdict yet. */
function noneReply({ name }, report) {
  const { title, text } = answer({ ...report, check: null })
  const said = visible(cut(`seep: ${title.toLowerCase()}. ${text}`, 600))
  const missing = ['a verdict: the process has not captured its heap yet']
  const hint = `check with pid ${name} captures it now`
  return reply(said, { verdict: 'none', leaks: [], missing, hint })
}

module.exports = { checkReply, noneReply, processReply }
