'use strict'

/** `seep compare [--json] [--html FILE] [--fail-on-leak] A B [C ...]`: the verdict over snapshot files. */

const fs = require('node:fs/promises')
const { parseArgs } = require('node:util')
const { describeCheck, describeLeak } = require('../describe')
const { withCode } = require('../errors')
const { compareWithProgress } = require('../files')
const { withProgress } = require('./progress')
const { LEAK } = require('./exit-codes')

function describe(report) {
  const leaks = [...report.leaks, ...report.suspects].map(describeLeak)
  return [describeCheck(report), ...leaks].join('\n\n')
}

async function writePage(file, report) {
  const { reportPage } = require('../page/document')
  const { reportState } = require('../page/state')
  await fs.writeFile(file, await reportPage(reportState(report)), { mode: 0o600 })
}

async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      html: { type: 'string' },
      'fail-on-leak': { type: 'boolean', default: false }
    },
    allowPositionals: true
  })
  if (positionals.length < 2) {
    throw withCode(new Error('two snapshot files or more, please, oldest first'), 'ERR_USAGE')
  }
  const report = await withProgress((progress) => compareWithProgress(positionals, {}, progress))
  if (values.html !== undefined) await writePage(values.html, report)
  process.stdout.write(`${values.json ? JSON.stringify(report) : describe(report)}\n`)
  if (values['fail-on-leak'] && report.verdict === 'leak') process.exitCode = LEAK
}

module.exports = { main }
