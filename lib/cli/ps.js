'use strict'

/** `seep ps`: lists the running processes of this user that have a socket. */

const { bytes, visible } = require('../describe')
const { duration } = require('../page/view/format')
const { NO_PROCESS, figuresOfAll, growthCell, verdictCell } = require('../socket/figures')
const { parseCommand } = require('./arguments')
const { table } = require('./table')

const OPTIONS = { json: { type: 'boolean', default: false } }

function rowOf(row) {
  const { name, program, startedAt, memory } = row
  return [
    program,
    name,
    duration(Date.now() - Date.parse(startedAt)),
    verdictCell(row),
    bytes(memory.heapUsedBytes),
    bytes(memory.rssBytes),
    growthCell(row)
  ]
}

const HEAD = ['program', 'pid', 'up', 'verdict', 'heap', 'rss', 'growth']

async function main(args) {
  const { values } = parseCommand('ps', args, OPTIONS)
  const { rows, problems } = await figuresOfAll()
  for (const problem of problems) process.stderr.write(`seep ps: ${visible(problem)}\n`)
  if (values.json) return void process.stdout.write(`${JSON.stringify(rows)}\n`)
  if (rows.length === 0) {
    return void process.stdout.write(`${NO_PROCESS}\n`)
  }
  process.stdout.write(`${table(HEAD, rows.map(rowOf), process.stdout.columns || undefined)}\n`)
}

module.exports = { OPTIONS, main }
