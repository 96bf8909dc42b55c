'use strict'

/** `seep compare [--json] [--html FILE] [--fail-on-leak] [--keep-order] A B [C ...]`: finds leaks in snapshot files. */

const fs = require('node:fs/promises')
const { bytes, count: grouped, describeCheck, describeLeak, visible } = require('../describe')
const { withCode } = require('../errors')
const { compareWithProgress } = require('../files')
const { parseCommand } = require('./arguments')
const { withProgress } = require('./progress')
const { checkDistinct, checkOrder } = require('./snapshot-files')
const { LEAK } = require('./exit-codes')
const { table } = require('./table')

const OPTIONS = {
  json: { type: 'boolean', default: false },
  html: { type: 'string' },
  'fail-on-leak': { type: 'boolean', default: false },
  'keep-order': { type: 'boolean', default: false }
}

/** Maximum number of classes shown. */
const CLASS_ROWS = 10

function describe(report, files, columns) {
  const leaks = [...report.leaks, ...report.suspects].map(describeLeak)
  const compared = files.map((file, i) => `  ${i + 1}  ${visible(file)}`)
  return [
    [describeCheck(report), ...compared].join('\n'),
    ...leaks,
    ...changedClasses(report.classes, columns)
  ].join('\n\n')
}

/** Returns a table of the classes that changed since the first snapshot, most bytes first. */
function changedClasses(classes, columns) {
  const changed = classes
    .filter(({ addedCount, addedBytes }) => addedCount !== 0 || addedBytes !== 0)
    .sort((a, b) => Math.abs(b.addedBytes) - Math.abs(a.addedBytes))
    .slice(0, CLASS_ROWS)
  const signed = (value, text) => `${value < 0 ? '-' : '+'}${text(Math.abs(value))}`
  const rows = changed.map(({ label, count, addedCount, addedBytes }) => [
    label,
    count,
    signed(addedCount, grouped),
    signed(addedBytes, bytes)
  ])
  if (rows.length === 0) return []
  return [table(['class', 'objects', 'added', 'bytes added'], rows, columns)]
}

const SNAPSHOT = /\.heapsnapshot(\.gz|\.zst)?$/i

/**
 * Refuses to overwrite anything but a page: if FILE is missing after --html, the
 * first snapshot would be lost. Pipes and devices are accepted.
 */
async function checkPageFile(file) {
  const refuse = (why) => {
    throw withCode(new Error(`--html needs the name of a file for the page; ${why}`), 'ERR_USAGE')
  }
  if (file === '') refuse('it is empty')
  if (SNAPSHOT.test(file)) refuse(`${file} is named like a snapshot`)
  const there = await fs.stat(file).catch(() => null)
  if (there?.isFile() && there.size > 0 && !(await isPage(file))) {
    refuse(`${file} exists and is not a page of seep`)
  }
}

async function isPage(file) {
  const { PAGE_START } = require('../page/document')
  const handle = await fs.open(file)
  try {
    const start = Buffer.alloc(Buffer.byteLength(PAGE_START))
    await handle.read(start, 0, start.length, 0)
    return start.equals(Buffer.from(PAGE_START))
  } finally {
    await handle.close()
  }
}

async function writePage(file, report, compared) {
  const { reportPage } = require('../page/document')
  const { reportState } = require('../page/state')
  await fs.writeFile(file, await reportPage(reportState(report, compared)), { mode: 0o600 })
}

async function main(args) {
  const { values, positionals } = parseCommand('compare', args, OPTIONS)
  if (positionals.length < 2) {
    throw withCode(new Error('expected two snapshot files or more, oldest first'), 'ERR_USAGE')
  }
  await checkDistinct(positionals)
  if (!values['keep-order']) await checkOrder(positionals)
  if (values.html !== undefined) await checkPageFile(values.html)
  const report = await withProgress((progress) => compareWithProgress(positionals, {}, progress))
  if (values.html !== undefined) await writePage(values.html, report, positionals)
  const answer = values.json
    ? JSON.stringify(report)
    : describe(report, positionals, process.stdout.columns || undefined)
  process.stdout.write(`${answer}\n`)
  if (values['fail-on-leak'] && report.verdict === 'leak') process.exitCode = LEAK
}

module.exports = { OPTIONS, main }
