'use strict'

/**
 * Reads the expressions that `Heap.find()` takes: `class:Session retained>1MB in:sessions`.
 *
 * Terms are separated by spaces; quotes keep a text together (`class:"My Class"`). All terms must fit.
 */

const { invalidType, invalidValue, withCode } = require('./errors')
const { nearest } = require('./nearest')

/** Longer ones are typing errors, or meant to take time. */
const LONGEST = 4096

const TERM = /(?:[^\s"]|"[^"]*")+/g
const TEXT = /^(class|name|kind|in):(.+)$/
const FIGURE = /^([a-z]+)(<=|>=|<|>|=)(.*)$/i
const FIGURES = { retained: 'retained', self: 'selfSize', distance: 'distance' }
const UNITS = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30
}

function wrong(term, expected) {
  const error = new RangeError(`The term "${term}" must be ${expected}`)
  return withCode(error, 'ERR_INVALID_ARG_VALUE')
}

const unquoted = (text) => text.replaceAll('"', '')

/** Returns the number in `text`, with or without a unit of bytes; null if it is none. */
function readNumber(text, isSize) {
  const match = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(text)
  if (match === null) return null
  const unit = Object.keys(UNITS).find((name) => name.toLowerCase() === match[2].toLowerCase())
  if (match[2] !== '' && (unit === undefined || !isSize)) return null
  const number = Math.round(Number(match[1]) * (match[2] === '' ? 1 : UNITS[unit]))
  return Number.isSafeInteger(number) ? number : null
}

function readBound(term, name, comparison, text) {
  const of = FIGURES[name.toLowerCase()]
  if (of === undefined) {
    const known = Object.keys(FIGURES)
    const near = nearest(name, known)
    throw wrong(term, `about ${known.join(', ')}${near ? `; did you mean "${near}"?` : ''}`)
  }
  const isSize = of !== 'distance'
  const value = readNumber(text, isSize)
  if (value === null) {
    throw wrong(term, isSize ? 'a size such as 4096, 10kB or 1.5MB' : 'a whole number such as 5')
  }
  switch (comparison) {
    case '>':
      return { of, min: value + 1, max: null }
    case '>=':
      return { of, min: value, max: null }
    case '<':
      if (value === 0) throw wrong(term, 'less than a number above 0')
      return { of, min: null, max: value - 1 }
    case '<=':
      return { of, min: null, max: value }
    default:
      return { of, min: value, max: value }
  }
}

/**
 * Returns the parts of an expression, for the native side (`Wanted`, src/explore/find.rs).
 *
 * @throws {TypeError | RangeError} naming the term and what it takes
 */
function readExpression(text) {
  if (typeof text !== 'string') throw invalidType('The expression', 'a string', text)
  if (text.length > LONGEST) {
    throw invalidValue('The expression', `a string of up to ${LONGEST} characters`, text)
  }
  const wanted = {
    ids: [],
    words: [],
    class: null,
    name: null,
    kind: null,
    within: null,
    bounds: []
  }
  for (const term of text.match(TERM) ?? []) {
    const id = /^@(\d+)$/.exec(term)
    const named = TEXT.exec(term)
    const figure = FIGURE.exec(term)
    if (id !== null) {
      if (Number(id[1]) > 0xffffffff) throw wrong(term, 'an id from @0 to @4294967295')
      wanted.ids.push(Number(id[1]))
    } else if (term.startsWith('@')) {
      throw wrong(term, 'an object id such as @17')
    } else if (named !== null) {
      const part = named[1] === 'in' ? 'within' : named[1]
      if (wanted[part] !== null) throw wrong(term, `the only one that begins with "${named[1]}:"`)
      wanted[part] = unquoted(named[2])
    } else if (figure !== null) {
      wanted.bounds.push(readBound(term, figure[1], figure[2], figure[3]))
    } else {
      wanted.words.push(unquoted(term))
    }
  }
  return wanted
}

module.exports = { readExpression }
