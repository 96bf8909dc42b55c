'use strict'

/**
 * The stacks of leaks as a profile: `.heapprofile` for Chrome DevTools, or pprof.
 *
 * A profile of what leaks, not of all that is allocated: it has the stacks of the reports, a
 * few of each role.
 */

const { invalidValue, withCode } = require('./errors')
const { refusal } = require('./inert')
const { pprof } = require('./pprof')
const { writeWhole } = require('./whole-file')

/** Returns each stack with its leak. */
function stacksOf(leaks) {
  return leaks.flatMap((leak) => leak.allocations.stacks.map((stack) => ({ leak, ...stack })))
}

function nameOf({ functionName }) {
  return functionName ?? '(anonymous)'
}

/** V8's positions in a profile start at 0, those of reports at 1. */
function callFrame({ functionName, file, line, column }) {
  return {
    functionName: functionName ?? '',
    scriptId: '0',
    url: file ?? '',
    lineNumber: line === null ? -1 : line - 1,
    columnNumber: column === null ? -1 : column - 1
  }
}

function named(functionName) {
  return callFrame({ functionName, file: null, line: null, column: null })
}

/** Returns the sampling profile of the inspector: a tree of the leak, the role, and the callers of each stack. */
function heapProfile(leaks) {
  let last = 0
  const nodeOf = (frame) => {
    last += 1
    return { callFrame: frame, selfSize: 0, id: last, children: [] }
  }
  const childOf = (node, frame) => {
    const key = JSON.stringify(frame)
    const found = node.children.find((child) => JSON.stringify(child.callFrame) === key)
    if (found !== undefined) return found
    const child = nodeOf(frame)
    node.children.push(child)
    return child
  }
  const head = nodeOf(named('(root)'))
  const samples = []
  for (const { leak, role, bytes, frames } of stacksOf(leaks)) {
    const above = [named(`leak ${leak.id}: ${leak.title}`), named(`(${role})`)]
    const callers = [...frames].reverse().map(callFrame)
    const node = [...above, ...callers].reduce(childOf, head)
    node.selfSize += bytes
    samples.push({ size: bytes, nodeId: node.id, ordinal: samples.length + 1 })
  }
  return Buffer.from(JSON.stringify({ head, samples }))
}

function pprofOf(leaks) {
  const samples = stacksOf(leaks).map(({ leak, role, samples, bytes, frames }) => ({
    frames: frames.map((frame) => ({ ...frame, name: nameOf(frame) })),
    values: [samples, bytes],
    labels: { leak: leak.id, role }
  }))
  return pprof({
    types: [
      ['samples', 'count'],
      ['inuse_space', 'bytes']
    ],
    samples,
    intervalBytes: leaks[0].allocations.intervalBytes
  })
}

const WRITERS = [
  { ending: '.heapprofile', write: heapProfile },
  { ending: '.pb.gz', write: pprofOf }
]

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/**
 * Writes the stacks of leaks to a file, in the format of its ending.
 *
 * @param {string} target absolute
 * @param {object[]} leaks LeakReports, with or without stacks
 */
async function writeProfile(target, leaks) {
  const writer = WRITERS.find(({ ending }) => target.endsWith(ending))
  if (writer === undefined) {
    const endings = WRITERS.map(({ ending }) => ending).join(' or ')
    throw invalidValue(
      'The path of an allocation profile',
      `a name that ends in ${endings}`,
      target
    )
  }
  const known = leaks.filter(({ allocations }) => allocations !== null)
  if (known.length === 0) {
    throw refusal('no stacks of a leak are known', 'ERR_NO_ALLOCATIONS', 'profile')
  }
  const bytes = await writer.write(known)
  try {
    await writeWhole(target, bytes)
  } catch (cause) {
    const code = FULL.has(cause.code) ? 'ERR_FILE_DISK_FULL' : 'ERR_FILE_OS'
    throw withCode(new Error(cause.message, { cause }), code)
  }
}

module.exports = { writeProfile }
