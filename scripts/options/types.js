'use strict'

/** The members of interfaces of options, with their comments. */

const { wrap } = require('../../lib/wrap')
const { literal } = require('./literal')

const COMMENT_WIDTH = 118

const capitalized = (text) => text[0].toUpperCase() + text.slice(1)
const isNumber = ({ typescript }) => typescript === 'number'

function member([name, { type, default: fallback, unset = null, env = null, about }]) {
  const range = isNumber(type) ? `${capitalized(type.expected)}.` : ''
  const variable = env === null ? '' : `Environment: \`${env}\`.`
  const value = literal(fallback) ?? unset
  const paragraphs = [
    wrap(about, COMMENT_WIDTH),
    [[range, variable].filter(Boolean).join(' ')],
    [value === null ? '' : `@default ${value}`]
  ].filter(([line]) => line !== '')
  const lines = paragraphs.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
  const block = lines.map((line) => `   * ${line}`.trimEnd()).join('\n')
  const comment = lines.length === 1 ? `  /** ${lines[0]} */` : `  /**\n${block}\n   */`
  return `${comment}\n  ${name}?: ${type.typescript} | undefined\n`
}

/** Returns the text with new members in `interface name`. */
function withInterface(text, name, options) {
  const start = `export interface ${name} {\n`
  const from = text.indexOf(start) + start.length
  const to = text.indexOf('\n}\n', from) + 1
  if (from < start.length) throw new Error(`no interface ${name}`)
  return text.slice(0, from) + Object.entries(options).map(member).join('') + text.slice(to)
}

module.exports = { capitalized, isNumber, withInterface }
