'use strict'

/**
 * Captures while V8 samples allocations and the program answers requests, alone and beside Workers that sample and end, exit or are
 * terminated. Prints a table.
 *
 *   node benchmark/sampling-stress.js [--captures 200]
 *
 * Exits with 1 if a capture was skipped, a request has failed, the sampler was lost, or the program crashed. Linux only.
 */

const { execFile } = require('node:child_process')
const path = require('node:path')
const { parseArgs, promisify } = require('node:util')
const { table } = require('./lib/markdown')

const run = promisify(execFile)
const { values } = parseArgs({ options: { captures: { type: 'string', default: '200' } } })

const LIFE = path.join(__dirname, '..', '__test__', 'fixtures', 'allocations', 'life.js')
const WAYS = { captures: 'none', beside: 'end, exit and are terminated' }

async function outcome(way) {
  try {
    const { stdout } = await run(process.execPath, [LIFE, way, values.captures])
    return JSON.parse(stdout)
  } catch (error) {
    process.exitCode = 1
    return { error: error.signal ?? error.message.trim().split('\n').at(-1) }
  }
}

async function main() {
  const rows = []
  for (const [way, workers] of Object.entries(WAYS)) {
    const { captures, requests, samples, ended, error = 'nothing' } = await outcome(way)
    const figures = [captures, requests, samples, ended].map((figure) => figure ?? '-')
    rows.push([process.versions.node, workers, ...figures, error])
  }
  const head = ['Node', 'Workers', 'captures', 'requests', 'samples', 'Workers ended', 'failed']
  console.log(table(head, rows))
}

main()
