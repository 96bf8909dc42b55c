'use strict'

/** `seep analyze [--json] [--ids ID,ID] FILE`: a snapshot file in figures. */

const { parseArgs } = require('node:util')
const { bytes } = require('../describe')
const { withCode } = require('../errors')
const { analyzeWithProgress } = require('../files')
const { showProgress } = require('./progress')
const { table } = require('./table')

const ROWS = 20

function readIds(text) {
  if (text === undefined) return []
  const ids = text.split(',').map((id) => (/^\d+$/.test(id.trim()) ? Number(id) : Number.NaN))
  if (ids.some(Number.isNaN)) {
    throw withCode(
      new Error('--ids takes object ids with commas between: --ids 17,23'),
      'ERR_USAGE'
    )
  }
  return ids
}

function describe({ nodeCount, edgeCount, totalBytes, classes, dominators }) {
  const heading = `${nodeCount} objects, ${edgeCount} references, ${bytes(totalBytes)}`
  const classRows = classes
    .slice(0, ROWS)
    .map((row) => [row.name, row.count, bytes(row.selfBytes), bytes(row.retainedBytes)])
  const nodeRows = dominators
    .slice(0, ROWS)
    .map((row) => [`${row.className} @${row.id}`, bytes(row.selfBytes), bytes(row.retainedBytes)])
  return [
    heading,
    '',
    table(['class', 'count', 'own', 'retained'], classRows),
    '',
    table(['object', 'own', 'retained'], nodeRows)
  ].join('\n')
}

async function main(args) {
  const { values, positionals } = parseArgs({
    args,
    options: { json: { type: 'boolean', default: false }, ids: { type: 'string' } },
    allowPositionals: true
  })
  if (positionals.length !== 1) {
    throw withCode(new Error('one snapshot file, please'), 'ERR_USAGE')
  }
  const ids = readIds(values.ids)
  const progress = new (require('../../binding').NativeProgress)()
  const endProgress = showProgress(() => progress.share())
  const work = analyzeWithProgress(positionals[0], ids, progress)
  const analysis = await work.finally(endProgress)
  process.stdout.write(`${values.json ? JSON.stringify(analysis) : describe(analysis)}\n`)
}

module.exports = { main }
