'use strict'

/** `seep ps`: lists the running processes of this user that have a socket. */

const { bytes, visible } = require('../describe')
const { duration } = require('../page/view/format')
const { figuresOfAll, growthCell, noProcess, verdictCell } = require('../socket/figures')
const { parseCommand, usage } = require('./arguments')
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
  const { values, positionals } = parseCommand('ps', args, OPTIONS)
  if (positionals.length > 0) {
    const hint = `For one process: seep leaks ${visible(positionals[0])}`
    throw usage(`seep ps takes no process. ${hint}`)
  }
  const { rows, problems } = await figuresOfAll()
  for (const problem of problems) process.stderr.write(`seep ps: ${visible(problem)}\n`)
  if (values.json) return void process.stdout.write(`${JSON.stringify(rows)}\n`)
  if (rows.length === 0) {
    return void process.stdout.write(`${noProcess(problems)}\n`)
  }
  process.stdout.write(`${table(HEAD, rows.map(rowOf), process.stdout.columns || undefined)}\n`)
}

module.exports = { OPTIONS, main }
