'use strict'

/** Errors as replies: what happened, and what to do next. */

const { withCode } = require('../errors')
const { ERROR } = require('./limits')
const { asData, cut, visible } = require('./names')

const CHECK_FILE = 'check that the file is there, readable and complete'
/** What to do, by code, unless the message says it. */
const NEXT = {
  ERR_INVALID_ARG_TYPE: 'correct the argument and call again',
  ERR_INVALID_ARG_VALUE: 'correct the argument and call again',
  ERR_FILE_OS: CHECK_FILE,
  ERR_SNAPSHOT_TRUNCATED: 'the file is not complete: wait until it is written, or write it again',
  ERR_CAPTURE_NO_MEMORY: 'use a smaller snapshot, or a machine with more memory',
  ERR_PROCESS: 'call processes for those that can be asked',
  ERR_PROCESS_GONE: 'call processes for those that can be asked',
  ERR_HEAP_CLOSED: 'call again'
}
const OTHER = {
  ERR_SNAPSHOT: 'the file is not a heap snapshot of V8: write one with v8.writeHeapSnapshot()',
  ERR_INTERNAL: 'this is a bug of seep: report it with this message'
}

function nextStep(code) {
  // An error of the system, such as ENOENT.
  if (/^E(?!RR_)[A-Z0-9]+$/.test(code)) return CHECK_FILE
  const start = Object.keys(OTHER).find((it) => code?.startsWith(it))
  return NEXT[code] ?? OTHER[start ?? 'ERR_INTERNAL']
}

/** Returns the error for a question that cannot be answered; `message` says what to do next. */
function refusal(message) {
  return withCode(new RangeError(message), 'ERR_INVALID_ARG_VALUE')
}

/**
 * Returns the reply for an error. Never shows a stack.
 *
 * @param {Error & { code?: string, isSaid?: boolean, next?: string }} error `isSaid` if another program has worded it
 */
function errorReply(error) {
  const code = typeof error?.code === 'string' ? error.code : undefined
  const message = cut(visible(String(error?.message ?? error)).replaceAll('\n', ' '), ERROR - 250)
  const sentence = message.replace(/\.?$/, '.')
  // What another program says has no say in what to do next.
  const isSaid = error?.isSaid === true
  const next =
    !isSaid && message.includes('Next:') ? '' : ` Next: ${error?.next ?? nextStep(code)}.`
  const text = `${code === undefined ? 'ERR_INTERNAL' : code}: ${isSaid ? asData(sentence) : sentence}${next}`
  return { content: [{ type: 'text', text }], isError: true }
}

module.exports = { errorReply, refusal }
