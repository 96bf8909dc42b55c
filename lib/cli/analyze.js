'use strict'

/** `seep analyze FILE`: prints the figures of a snapshot file. */

const { SETS, analyzeWithProgress } = require('../files')
const { SORTS } = require('./analysis-sections')
const { parseCommand, usage } = require('./arguments')
const { FAILURE } = require('./exit-codes')
const { withProgress } = require('./progress')
const { describeAnalysis, markdownAnalysis } = require('./tables')

const OPTIONS = {
  json: { type: 'boolean', default: false },
  md: { type: 'boolean', default: false },
  limit: { type: 'string', default: '20' },
  sort: { type: 'string', default: 'retained' },
  only: { type: 'string', default: 'all' },
  ids: { type: 'string', multiple: true, default: [] },
  path: { type: 'string', multiple: true, default: [] },
  class: { type: 'string' },
  'no-holders': { type: 'boolean', default: false },
  contents: { type: 'boolean', default: false }
}

/** Reads object ids, with or without the @ that DevTools shows before them. */
function readIds(name, texts) {
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      const id = /^@?(\d+)$/.exec(text.trim())?.[1]
      if (id === undefined || Number(id) > 0xffffffff) {
        throw usage(`--${name} must be an object id such as 17, not "${text}"`)
      }
      return Number(id)
    })
}

/** Lists that an analysis has are no longer. */
const MOST_ROWS = 100

function readLimit(text) {
  const limit = /^\d+$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MOST_ROWS) {
    throw usage(`--limit must be a number of rows from 1 to ${MOST_ROWS}, not "${text}"`)
  }
  return limit
}

function readSort(text) {
  if (!Object.hasOwn(SORTS, text)) {
    throw usage(`--sort must be one of ${Object.keys(SORTS).join(', ')}, not "${text}"`)
  }
  return text
}

function readSet(text) {
  if (!SETS.allows(text)) throw usage(`--only must be ${SETS.expected}, not "${text}"`)
  return text
}

/** Returns requested ids that are not in the snapshot, so that the command can fail. */
function missing(asked, found) {
  const ids = new Set(found.map(({ id }) => id))
  return asked.filter((id) => !ids.has(id))
}

async function main(args) {
  const { values, positionals } = parseCommand('analyze', args, OPTIONS)
  if (positionals.length !== 1) {
    throw usage('expected one snapshot file (use - for standard input)')
  }
  if (values.json && values.md) throw usage('--json and --md exclude each other')
  const shown = { limit: readLimit(values.limit), sort: readSort(values.sort) }
  const options = {
    ids: readIds('ids', values.ids),
    paths: readIds('path', values.path),
    className: values.class,
    contents: values.contents,
    only: readSet(values.only),
    holders: !values['no-holders']
  }
  const file = positionals[0] === '-' ? null : positionals[0]
  const analysis = await withProgress((progress) => analyzeWithProgress(file, options, progress))
  process.stdout.write(`${formatted(analysis, values, shown)}\n`)
  const absent = [
    ...missing(options.ids, analysis.objects),
    ...missing(options.paths, analysis.paths)
  ]
  if (absent.length > 0) fail(`no object has the id ${absent.join(', ')}`)
  if (analysis.instances?.count === 0) fail(`no object has the class ${values.class}`)
}

function formatted(analysis, { json, md }, shown) {
  if (json) return JSON.stringify(analysis)
  if (md) return markdownAnalysis(analysis, shown)
  return describeAnalysis(analysis, shown, process.stdout.columns || undefined)
}

function fail(message) {
  process.stderr.write(`seep analyze: ${message}\n`)
  process.exitCode = FAILURE
}

module.exports = { OPTIONS, main }
