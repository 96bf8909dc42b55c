'use strict'

/**
 * `npm run options`: generates types and docs from the tables of options (lib/option-table.js, lib/integration-options.js,
 * lib/expect-no-leak.js) and of metrics (lib/metrics.js). A test fails if they differ.
 *
 * In docs/api.md, it writes the first two paragraphs of each option's card; any further paragraphs are written by hand.
 */

const fs = require('node:fs')
const path = require('node:path')
const { OPTIONS: TEST_OPTIONS } = require('../lib/expect-no-leak')
const {
  OPENTELEMETRY_OPTIONS,
  PAGE_OPTIONS,
  PROMETHEUS_OPTIONS
} = require('../lib/integration-options')
const { OPTIONS } = require('../lib/option-table')
const { wrap } = require('../lib/wrap')
const { literal } = require('./options/literal')
const { inCode, optionRows, variableRows, withTable } = require('./options/markdown')
const { metricRows, withMetricComment } = require('./options/metrics')
const { capitalized, isNumber, withInterface } = require('./options/types')

const ROOT = path.join(__dirname, '..')
const PROSE_WIDTH = 160

function factsOf({ type, default: fallback, env }) {
  const value = literal(fallback)?.replaceAll('_', '')
  return [
    capitalized(inCode(type.expected).replace(/^an? /, '')),
    value === undefined ? 'none by default' : `default ${isNumber(type) ? value : `\`${value}\``}`,
    ...(env === null ? [] : [`\`${env}\``])
  ].join(' · ')
}

/** The heading of a card, and two paragraphs. */
const CARD_HEAD = /^####.*\n\n.+\n\n(.+\n)*.+/

function insertedAfter(text, heading, card) {
  const from = text.indexOf(heading) + heading.length
  const at = from + text.slice(from).search(/^#/m)
  return `${text.slice(0, at)}${card}\n\n${text.slice(at)}`
}

/** Returns the text with the facts of each option at the head of its card. */
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

/** The tables of docs/api.md: heading, first column, and the function that returns the rows. */
const API_TABLES = [
  ['## Environment', 'variable', variableRows(OPTIONS)],
  ['### Prometheus', 'option', optionRows(PROMETHEUS_OPTIONS)],
  ['### OpenTelemetry', 'option', optionRows(OPENTELEMETRY_OPTIONS)],
  ['### Metrics', 'Prometheus', metricRows],
  ['## In tests', 'option', optionRows(TEST_OPTIONS)]
]

const withApiTables = (text) =>
  API_TABLES.reduce((docs, [heading, first, rows]) => {
    return withTable(docs, { heading, first }, rows)
  }, text)

/** How each file is made from what it is now. */
const FILES = {
  'index.d.ts': (text) =>
    withInterface(
      withInterface(text, 'LeakDetectorOptions', OPTIONS),
      'ExpectNoLeakOptions',
      TEST_OPTIONS
    ),
  'express.d.ts': (text) => withInterface(text, 'SeepPageOptions', PAGE_OPTIONS),
  'prometheus.d.ts': (text) =>
    withMetricComment(withInterface(text, 'PrometheusOptions', PROMETHEUS_OPTIONS)),
  'opentelemetry.d.ts': (text) => withInterface(text, 'InstrumentOptions', OPENTELEMETRY_OPTIONS),
  'docs/api.md': (text) => withApiTables(withCards(text)),
  'docs/page.md': (text) =>
    withTable(text, { heading: '## Options', first: 'option' }, optionRows(PAGE_OPTIONS))
}

/** @returns {Record<string, string>} the text that each file must have */
function written() {
  const entries = Object.entries(FILES).map(([file, write]) => {
    return [file, write(fs.readFileSync(path.join(ROOT, file), 'utf8'))]
  })
  return Object.fromEntries(entries)
}

function main() {
  for (const [file, text] of Object.entries(written()))
    fs.writeFileSync(path.join(ROOT, file), text)
}

if (require.main === module) main()

module.exports = { written }
