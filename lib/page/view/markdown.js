'use strict'

/** Formats a leak as Markdown, for an issue or a chat. */

const { bytes, count, percent, perHour, plural, wholePlace } = require('./format')
const { originsOf } = require('./stacks')

/** Formats text as code. It may contain backticks itself. */
function code(text) {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  const gap = longest > 0 ? ' ' : ''
  return `${fence}${gap}${text.replace(/\s+/g, ' ')}${gap}${fence}`
}

function block(text) {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text}\n${fence}`
}

/** Escapes text outside code, so that names do not become links, mentions or HTML. */
function plain(text) {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(/[\\*_[\]<>#|@!~]/g, '\\$&')))
    .join('')
    .replace(/\s+/g, ' ')
}

function originRow({ label, place }) {
  return [label, [place.functionName, wholePlace(place)].filter(Boolean).map(code).join(' ')]
}

function leakMarkdown(leak) {
  const { container, items, growth } = leak
  const from = wholePlace(container.location)
  const made = wholePlace(items.location)
  const rows = [
    ['Items', `${code(items.label)}${made && ` (${code(made)})`}`],
    [
      'Container',
      `${code(container.label)}${container.name === null ? '' : ` ${code(container.name)}`}${from && ` (${code(from)})`}`
    ],
    ['Held', growth.counts.map(count).join(' → ')],
    ['Growth', `${perHour(growth.bytesPerHour)} over ${plural(growth.checks, 'check')}`],
    ['Keeps alive', bytes(container.retainedBytes)],
    ...originsOf(leak).map(originRow),
    ['Confidence', percent(leak.confidence)],
    ['Fingerprint', code(leak.id)]
  ]
  return [
    `### ${plain(leak.title)}`,
    rows.map(([label, value]) => `- **${label}:** ${value}`).join('\n'),
    block(leak.pathText.trimEnd()),
    `${plain(leak.advice)}\n`
  ].join('\n\n')
}

module.exports = { leakMarkdown }
