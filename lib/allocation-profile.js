'use strict'

/**
 * The stacks of leaks as a profile: `.heapprofile` for Chrome DevTools, or pprof.
 *
 * A profile of what leaks, not of all that is allocated: it has the stacks of the reports, a
 * few of each role.
 */

const { promisify } = require('node:util')
const { gzip } = require('node:zlib')
const { invalidValue, withCode } = require('./errors')
const { refusal } = require('./inert')
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

/** Encodes messages of Protocol Buffers, as far as pprof needs them. */
function varint(number) {
  const bytes = []
  let rest = number
  // Shifts would cut off what exceeds 32 bits.
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}

/** Wire types: 0 is a number, 2 is a length and as many bytes. */
function number(field, value) {
  return Buffer.concat([varint(field * 8), varint(value)])
}

function message(field, ...parts) {
  const body = Buffer.concat(parts)
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body])
}

function numbers(field, values) {
  return message(field, ...values.map(varint))
}

/** Gives each distinct value a number, in the order in which they come. */
class Numbering {
  values = new Map()

  constructor(first) {
    this.first = first
  }

  of(key, value = key) {
    const found = this.values.get(key)
    if (found !== undefined) return found.number
    const number = this.values.size + this.first
    this.values.set(key, { number, value })
    return number
  }
}

/** Field numbers are those of pprof's profile.proto. */
function pprof(leaks) {
  const strings = new Numbering(0)
  const functions = new Numbering(1)
  const string = (text) => strings.of(text)
  const valueType = (field, type, unit) =>
    message(field, number(1, string(type)), number(2, string(unit)))
  const label = (key, text) => message(3, number(1, string(key)), number(2, string(text)))
  // Index 0 is the empty string.
  string('')
  const parts = [valueType(1, 'samples', 'count'), valueType(1, 'inuse_space', 'bytes')]
  for (const { leak, role, samples, bytes, frames } of stacksOf(leaks)) {
    // V8 knows a function by where it begins, so each function has one location.
    const locations = frames.map((frame) => functions.of(JSON.stringify(callFrame(frame)), frame))
    parts.push(
      message(
        2,
        numbers(1, locations),
        numbers(2, [samples, bytes]),
        label('leak', leak.id),
        label('role', role)
      )
    )
  }
  for (const { number: id, value: frame } of functions.values.values()) {
    const line = message(4, number(1, id), number(2, frame.line ?? 0))
    parts.push(message(4, number(1, id), line))
    const names = [number(2, string(nameOf(frame))), number(4, string(frame.file ?? ''))]
    parts.push(message(5, number(1, id), ...names, number(5, frame.line ?? 0)))
  }
  const { intervalBytes } = leaks[0].allocations
  parts.push(valueType(11, 'space', 'bytes'), number(12, intervalBytes))
  parts.push(number(14, string('inuse_space')))
  for (const text of strings.values.keys()) parts.push(message(6, Buffer.from(text)))
  return promisify(gzip)(Buffer.concat(parts))
}

const WRITERS = [
  { ending: '.heapprofile', write: heapProfile },
  { ending: '.pb.gz', write: pprof }
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
