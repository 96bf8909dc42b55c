'use strict'

/**
 * Makes text from a heap fit to be read by a model. Whoever can name a class, a property or a file of the program chooses that
 * text: it is shown as data, without characters that hide or command something, and short.
 */

const { NAME, SENTENCE } = require('./limits')

/** Controls, line separators, invisible and private characters, those that change direction, and variation selectors. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]|\p{Variation_Selector}/gu
/** What would look like an end of the data. */
const MARK = /<(?=\s*\/?\s*heap-data)/gi

function escaped(character) {
  return `\\u{${character.codePointAt(0).toString(16)}}`
}

/** Cuts after so many characters, and says so. */
function cut(text, most) {
  if (text.length <= most) return text
  const characters = [...text.slice(0, 2 * most)]
  return characters.length <= most && characters.join('') === text
    ? text
    : `${characters.slice(0, most - 1).join('')}…`
}

/** Escapes text of several lines from a heap. */
function visible(text) {
  return text.replace(UNSEEN, (it) => (it === '\n' ? it : escaped(it))).replace(MARK, escaped('<'))
}

/** Returns a name from a heap as one short word of a line. */
function name(text, most = NAME) {
  return cut(visible(cut(text, most)).replaceAll('\n', '\\n'), most)
}

/** Fields of a report that are sentences, made of names. */
const SENTENCES = new Set(['title', 'pathText', 'advice', 'for', 'against'])

/** Adds the names in a report that are too long. */
function longNames(value, into, field = '') {
  if (typeof value === 'string') {
    if (value.length > NAME && !SENTENCES.has(field)) into.add(value)
  } else if (Array.isArray(value)) {
    for (const it of value) longNames(it, into, field)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, it] of Object.entries(value)) longNames(it, into, key)
  }
  return into
}

/** Returns how to write the sentences of a report: with its names cut as elsewhere, each of one line unless `lines`. */
function sentencesOf(report) {
  const long = [...longNames(report, new Set())].sort((a, b) => b.length - a.length)
  return (text, { most = SENTENCE, lines = false } = {}) => {
    let short = text
    for (const it of long) short = short.replaceAll(it, cut(it, NAME))
    short = visible(short)
    return cut(lines ? short : short.replaceAll('\n', '\\n'), most)
  }
}

/** Marks text as what a heap says. */
function asData(text) {
  return `<heap-data>\n${text}\n</heap-data>`
}

module.exports = { asData, cut, name, sentencesOf, visible }
