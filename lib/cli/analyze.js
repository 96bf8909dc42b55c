'use strict'

/** `seep analyze FILE`: prints the figures of a snapshot file. */

const { withCode } = require('../errors')
const { analyzeWithProgress } = require('../files')
const { parseCommand } = require('./arguments')
const { FAILURE } = require('./exit-codes')
const { withProgress } = require('./progress')
const { describeAnalysis } = require('./tables')

const OPTIONS = {
  json: { type: 'boolean', default: false },
  ids: { type: 'string', multiple: true, default: [] },
  path: { type: 'string', multiple: true, default: [] },
  class: { type: 'string' },
  contents: { type: 'boolean', default: false }
}

/** Reads object ids, with or without the @ that DevTools shows before them. */
function readIds(name, texts) {
  return texts
    .flatMap((text) => text.split(','))
    .map((text) => {
      const id = /^@?(\d+)$/.exec(text.trim())?.[1]
      if (id === undefined || Number(id) > 0xffffffff) {
        throw withCode(
          new Error(`--${name} must be an object id such as 17, not "${text}"`),
          'ERR_USAGE'
        )
      }
      return Number(id)
    })
}

/** Returns requested ids that are not in the snapshot, so that the command can fail. */
function missing(asked, found) {
  const ids = new Set(found.map(({ id }) => id))
  return asked.filter((id) => !ids.has(id))
}

async function main(args) {
  const { values, positionals } = parseCommand('analyze', args, OPTIONS)
  if (positionals.length !== 1) {
    throw withCode(new Error('expected one snapshot file (use - for standard input)'), 'ERR_USAGE')
  }
  const options = {
    ids: readIds('ids', values.ids),
    paths: readIds('path', values.path),
    className: values.class,
    contents: values.contents
  }
  const file = positionals[0] === '-' ? null : positionals[0]
  const analysis = await withProgress((progress) => analyzeWithProgress(file, options, progress))
  const answer = values.json
    ? JSON.stringify(analysis)
    : describeAnalysis(analysis, process.stdout.columns || undefined)
  process.stdout.write(`${answer}\n`)
  const absent = [
    ...missing(options.ids, analysis.objects),
    ...missing(options.paths, analysis.paths)
  ]
  if (absent.length > 0) fail(`no object has the id ${absent.join(', ')}`)
  if (analysis.instances?.count === 0) fail(`no object has the class ${values.class}`)
}

function fail(message) {
  process.stderr.write(`seep analyze: ${message}\n`)
  process.exitCode = FAILURE
}

module.exports = { OPTIONS, main }
