'use strict'

/** Stacks in the format of pprof. Field numbers are those of its profile.proto. */

const { promisify } = require('node:util')
const { gzip } = require('node:zlib')

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

/** What makes a function: where it begins, or only its name if that is not known. */
function keyOf({ name, file, line, column }) {
  return JSON.stringify([name, file, line, column])
}

/**
 * Returns a profile, gzipped.
 *
 * @param {object} profile
 * @param {[type: string, unit: string][]} profile.types of the values of a sample; the last is the one that is shown first
 * @param {Iterable<{ frames: object[], values: number[], labels?: Record<string, string> }>} profile.samples stacks, each
 *   frame (`name`, and `file`, `line` and `column` or null) before its caller
 * @param {number} [profile.intervalBytes] how many bytes one sample stands for, if they are samples of allocations
 */
function pprof({ types, samples, intervalBytes }) {
  const strings = new Numbering(0)
  const functions = new Numbering(1)
  const string = (text) => strings.of(text)
  const valueType = (field, type, unit) =>
    message(field, number(1, string(type)), number(2, string(unit)))
  const label = ([key, text]) => message(3, number(1, string(key)), number(2, string(text)))
  // Index 0 is the empty string.
  string('')
  const parts = types.map(([type, unit]) => valueType(1, type, unit))
  for (const { frames, values, labels = {} } of samples) {
    // A function has one location: where it begins.
    const locations = frames.map((frame) => functions.of(keyOf(frame), frame))
    parts.push(
      message(2, numbers(1, locations), numbers(2, values), ...Object.entries(labels).map(label))
    )
  }
  for (const { number: id, value: frame } of functions.values.values()) {
    const line = message(4, number(1, id), number(2, frame.line ?? 0))
    parts.push(message(4, number(1, id), line))
    const names = [number(2, string(frame.name)), number(4, string(frame.file ?? ''))]
    parts.push(message(5, number(1, id), ...names, number(5, frame.line ?? 0)))
  }
  if (intervalBytes !== undefined) {
    parts.push(valueType(11, 'space', 'bytes'), number(12, intervalBytes))
  }
  parts.push(number(14, string(types.at(-1)[0])))
  for (const text of strings.values.keys()) parts.push(message(6, Buffer.from(text)))
  return promisify(gzip)(Buffer.concat(parts))
}

module.exports = { pprof }
