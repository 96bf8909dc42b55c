'use strict'

/** `seep ps`: lists the running processes of this user that have a socket. */

const { bytes, visible } = require('../describe')
const { withCode } = require('../errors')
const { duration, perHour } = require('../page/view/format')
const { HOW, listProcesses } = require('../socket/client')
const { parseCommand } = require('./arguments')
const { table } = require('./table')

const OPTIONS = { json: { type: 'boolean', default: false } }

/** Returns the figures of every process that answers, and why others do not. */
async function look() {
  const { processes, problems } = await listProcesses()
  const rows = await Promise.all(
    processes.map(async (running) => {
      try {
        return { ...(await running.status()), name: running.name, pid: running.pid }
      } catch (error) {
        problems.push(error.message)
        return null
      }
    })
  )
  return { rows: rows.filter((row) => row !== null), problems }
}

/** Returns a verdict in one cell, with the number of leaks or suspects. */
function verdictOf({ verdict, leaks, suspects }) {
  if (verdict === null) return 'none yet'
  const count = verdict === 'leak' ? leaks : verdict === 'suspected' ? suspects : 0
  return visible(count > 1 ? `${verdict} (${count})` : verdict)
}

function rowOf(row) {
  const { name, program, startedAt, memory, growthBytesPerHour } = row
  return [
    program,
    name,
    duration(Date.now() - Date.parse(startedAt)),
    verdictOf(row),
    bytes(memory.heapUsedBytes),
    bytes(memory.rssBytes),
    growthBytesPerHour ? perHour(growthBytesPerHour) : '–'
  ]
}

const HEAD = ['program', 'pid', 'up', 'verdict', 'heap', 'rss', 'growth']

async function main(args) {
  const { values, positionals } = parseCommand('ps', args, OPTIONS)
  if (positionals.length > 0) {
    const hint = `For one process: seep leaks ${visible(positionals[0])}`
    throw withCode(new Error(`seep ps takes no process. ${hint}`), 'ERR_USAGE')
  }
  const { rows, problems } = await look()
  for (const problem of problems) process.stderr.write(`seep ps: ${visible(problem)}\n`)
  if (values.json) return void process.stdout.write(`${JSON.stringify(rows)}\n`)
  if (rows.length === 0) {
    const none = problems.length === 0 ? 'has a socket of seep' : 'answers'
    return void process.stdout.write(`No process of this user ${none}. ${HOW}.\n`)
  }
  process.stdout.write(`${table(HEAD, rows.map(rowOf), process.stdout.columns || undefined)}\n`)
}

module.exports = { OPTIONS, look, main, verdictOf }
