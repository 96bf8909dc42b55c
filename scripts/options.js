'use strict'

/**
 * `npm run options`: writes what follows from the table of options (lib/option-table.js) into the types and the docs. A test
 * fails while they differ.
 *
 * In index.d.ts the members of the two interfaces of options; in docs/api.md the first two paragraphs of each option's card
 * (what comes after these is written by hand) and the rows of the two tables.
 */

const fs = require('node:fs')
const path = require('node:path')
const { OPTIONS } = require('../lib/option-table')
const { OPTIONS: TEST_OPTIONS } = require('../lib/expect-no-leak')
const { wrap } = require('../lib/wrap')

const ROOT = path.join(__dirname, '..')
const TYPES = 'index.d.ts'
const DOCS = path.join('docs', 'api.md')
/** Of lines in comments, and of prose in the docs. */
const COMMENT_WIDTH = 118
const PROSE_WIDTH = 160

const firstSentence = (text) => /^.*?\.(?= |$)/.exec(text)[0]
const capitalized = (text) => text[0].toUpperCase() + text.slice(1)
const isNumber = ({ typescript }) => typescript === 'number'
const isSwitch = ({ typescript }) => typescript === 'boolean'

/** As code, with the digits of long numbers in groups; null where there is nothing to say. */
function literal(value) {
  if (typeof value === 'number') {
    return value < 10_000 ? String(value) : String(value).replace(/\B(?=(\d{3})+$)/g, '_')
  }
  if (typeof value === 'string') return `'${value}'`
  if (Array.isArray(value)) return JSON.stringify(value)
  return typeof value === 'boolean' ? String(value) : null
}

function member([name, { type, default: fallback, env = null, about }]) {
  const range = isNumber(type) ? `${capitalized(type.expected)}.` : ''
  const variable = env === null ? '' : `Environment: \`${env}\`.`
  const value = literal(fallback)
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

/** The text with the members of `interface name` written anew. */
function withInterface(text, name, options) {
  const start = `export interface ${name} {\n`
  const from = text.indexOf(start) + start.length
  const to = text.indexOf('\n}\n', from) + 1
  if (from < start.length) throw new Error(`${TYPES} has no interface ${name}`)
  return text.slice(0, from) + Object.entries(options).map(member).join('') + text.slice(to)
}

/** What an option takes, with its words in code. */
const inCode = (expected) =>
  expected.replace(/'[^']*'|\b(true|false|AbortSignal|warn\(\))/g, '`$&`')

function factsOf({ type, default: fallback, env }) {
  const value = literal(fallback)?.replaceAll('_', '')
  return [
    capitalized(inCode(type.expected).replace(/^an? /, '')),
    value === undefined ? 'none by default' : `default ${isNumber(type) ? value : `\`${value}\``}`,
    ...(env === null ? [] : [`\`${env}\``])
  ].join(' · ')
}

/** The text with the facts of each option at the head of its card. */
function withCards(text) {
  let docs = text
  let before = '## Options\n'
  for (const [name, spec] of Object.entries(OPTIONS)) {
    const heading = `#### \`${name}\`\n`
    const about = wrap(spec.about, PROSE_WIDTH).join('\n')
    const head = [heading.trimEnd(), factsOf(spec), about].join('\n\n')
    const at = docs.indexOf(heading)
    if (at === -1) docs = insertedAfter(docs, before, head)
    else docs = docs.slice(0, at) + docs.slice(at).replace(CARD_HEAD, () => head)
    before = heading
  }
  return docs
}

/** The heading, and two paragraphs. */
const CARD_HEAD = /^####.*\n\n.+\n\n(.+\n)*.+/

function insertedAfter(text, heading, card) {
  const from = text.indexOf(heading) + heading.length
  const at = from + text.slice(from).search(/^#/m)
  return `${text.slice(0, at)}${card}\n\n${text.slice(at)}`
}

/** A value as an operator writes it. */
function ofOperator({ type, default: fallback }) {
  if (fallback === false) return isSwitch(type) ? '0' : 'off'
  if (fallback === null || Array.isArray(fallback)) return null
  return String(fallback)
}

function variableRow({ type, env, about, ...spec }) {
  const value = ofOperator({ type, ...spec })
  const takes = isSwitch(type) ? 'a switch' : (type.expectedOfEnvironment ?? type.expected)
  return [
    `\`${env}\``,
    inCode(takes).replaceAll("'", ''),
    value === null ? 'none' : `\`${value}\``,
    firstSentence(about)
  ]
}

function testRow([name, { default: fallback, about }]) {
  const value = literal(fallback)
  const shown = typeof fallback === 'number' ? String(fallback) : value && `\`${value}\``
  return [`\`${name}\``, shown ?? 'none', about]
}

/** The cells of a row, in which a bar is escaped. */
const cellsOf = (line) =>
  line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim())

function tableOf([head, ...rows]) {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i].length)))
  const line = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** The text with the table whose head begins with these words changed by `change`, which is given its rows. */
function withTable(text, head, change) {
  const found = new RegExp(`^\\| ${head} .*\\n(\\|.*\\n)*`, 'm').exec(text)
  if (found === null) throw new Error(`${DOCS} has no table of ${head}`)
  const [first, , ...rows] = found[0].trimEnd().split('\n').map(cellsOf)
  const table = tableOf([first, ...change(rows)])
  return `${text.slice(0, found.index)}${table}\n${text.slice(found.index + found[0].length)}`
}

/** Variables that are no option's stand where they stood: before these, or after. */
function variableRows(rows) {
  const specs = Object.values(OPTIONS).filter(({ env }) => env !== null)
  const isOfOption = ([variable]) => specs.some(({ env }) => variable === `\`${env}\``)
  const first = rows.findIndex(isOfOption)
  const others = (part) => part.filter((row) => !isOfOption(row))
  return [...others(rows.slice(0, first)), ...specs.map(variableRow), ...others(rows.slice(first))]
}

/** @returns {Record<string, string>} by file, its text as it must be */
function written() {
  const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8')
  const types = withInterface(read(TYPES), 'LeakDetectorOptions', OPTIONS)
  const docs = withTable(withCards(read(DOCS)), 'variable', variableRows)
  return {
    [TYPES]: withInterface(types, 'ExpectNoLeakOptions', TEST_OPTIONS),
    [DOCS]: withTable(docs, 'option', () => Object.entries(TEST_OPTIONS).map(testRow))
  }
}

function main() {
  for (const [file, text] of Object.entries(written()))
    fs.writeFileSync(path.join(ROOT, file), text)
}

if (require.main === module) main()

module.exports = { written }
