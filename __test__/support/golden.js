'use strict'

/**
 * Whole outputs compared with files in __test__/golden/, as expect-tests do. `SEEP_UPDATE_GOLDEN=1` writes the files anew:
 * read what `git diff` then shows as a user would.
 */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { version } = require('../../package.json')

const FOLDER = path.join(__dirname, '..', 'golden')
const IS_UPDATE = process.env.SEEP_UPDATE_GOLDEN === '1'
/** Lines around a difference. */
const CONTEXT = 2

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What differs from run to run, by what stands for it; all of it, for all goldens. */
const VOLATILE = [
  [new RegExp(`${quoted(os.tmpdir())}[\\\\/]seep-golden-\\w+`, 'g'), '<folder>'],
  [new RegExp(`"hostname":"${quoted(os.hostname())}"`, 'g'), '"hostname":"<host>"'],
  [/"pid":\d+/g, '"pid":<pid>'],
  [/"time":\d+/g, '"time":<time>'],
  [/"(parse|graph|dominators|total)Ms": ?[\d.]+/g, '"$1Ms": <ms>'],
  [/"peakBytes": ?\d+/g, '"peakBytes": <bytes>'],
  [new RegExp(`\\bseep ${quoted(version)}\\b`, 'g'), 'seep <version>']
]

function normalized(text) {
  const lines = text.replaceAll('\r\n', '\n')
  const stable = VOLATILE.reduce((so, [from, to]) => so.replace(from, to), lines)
  return `${stable.trimEnd()}\n`
}

/** The longest common subsequence of two lists of lines, as pairs of places. */
function common(a, b) {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] =
        a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1])
    }
  }
  const pairs = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (lengths[i + 1][j] >= lengths[i][j + 1]) i++
    else j++
  }
  return pairs
}

/** What must go (-) and come (+) to make `b` of `a`, with some lines around. */
function difference(a, b) {
  const [before, after] = [a, b].map((text) => text.split('\n'))
  const lines = []
  let [i, j] = [0, 0]
  for (const [nextI, nextJ] of [...common(before, after), [before.length, after.length]]) {
    while (i < nextI) lines.push(`-${before[i++]}`)
    while (j < nextJ) lines.push(`+${after[j++]}`)
    if (i < before.length) lines.push(` ${before[i++]}`)
    j++
  }
  const isNear = (at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => line[0] !== ' ')
  const shown = lines.flatMap((line, at) => (isNear(at) ? [line] : isNear(at - 1) ? ['…'] : []))
  return shown.join('\n')
}

/**
 * Asserts that `text` is what the file of this name has.
 *
 * @param {string} name such as `compare.txt`
 * @param {string} text
 * @param {boolean} [isUpdate] whether the file is written in place of compared
 */
function assertGolden(name, text, isUpdate = IS_UPDATE) {
  const file = path.join(FOLDER, name)
  const actual = normalized(text)
  if (isUpdate) {
    fs.mkdirSync(FOLDER, { recursive: true })
    fs.writeFileSync(file, actual)
    return
  }
  const expected = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : ''
  if (normalized(expected) === actual) return
  assert.fail(
    `${name} is not as its golden file; SEEP_UPDATE_GOLDEN=1 writes it anew\n${difference(expected, actual)}`
  )
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
/** What stands on lines of its own. */
const BLOCK =
  /<\/?(address|article|button|dd|details|div|dl|dt|figure|figcaption|footer|h\d|header|li|main|ol|p|section|summary|table|tbody|thead|tr|ul)\b[^>]*>/g

/** What a page says, one block a line; charts by their descriptions. */
function textOfPage(html) {
  const title = /<title>(.*?)<\/title>/s.exec(html)[1]
  const body = /<body>(.*)<\/body>/s.exec(html)[1]
  const text = `${title}\n\n${body}`
    .replace(/<(script|style|svg)\b.*?<\/\1>/gs, '')
    .replace(/<[^>]* role="img" aria-label="([^"]*)"[^>]*>/g, '\n[$1]\n')
    .replace(/\s*\n\s*/g, (gap) => (gap.includes('\n\n') ? '\n\n' : '\n'))
    .replace(/<\/(td|th)>\s*(?=<t)/g, ' | ')
    .replace(/<\/?(td|th)\b[^>]*>/g, '')
    .replace(BLOCK, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+|#39);/g, (_, name) => ENTITIES[name])
  const lines = text.split('\n').map((line) => line.replace(/\s+/g, ' ').trim())
  return lines.filter((line) => line !== '').join('\n')
}

module.exports = { assertGolden, difference, normalized, textOfPage }
