'use strict'

/**
 * Days of made-up programs in simulated time: when seep captures, and what the rules of growth then say. Everything but the
 * counts is what runs in a process: `lib/capture-plan.js`, and `src/growth` through the native part.
 *
 *   node benchmark/simulate.js [--series 200] [--days 1] [--seed 1] [--only TEXT] [--json]
 *
 * Leaks end when they are told. Prints two tables, as they stand in docs/verdict.md.
 */

const { parseArgs } = require('node:util')
const { NativeSimulation } = require('../binding')
const { table } = require('./lib/markdown')
const { seedOf } = require('./lib/random')
const { live } = require('./lib/simulation/life')
const { PROGRAMS } = require('./lib/simulation/programs')
const { ofHealthy, ofLeak, tables } = require('./lib/simulation/summary')

const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '200' },
    days: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false }
  }
})

const settings = { days: Number(values.days), Simulation: NativeSimulation }

/** So many lives of one program, each with a seed of its own. */
function livesOf(program) {
  const seed = seedOf(program.name, Number(values.seed))
  return Array.from({ length: Number(values.series) }, (_, i) => live(program, seed + i, settings))
}

const results = []
for (const program of PROGRAMS.filter(({ name }) => name.includes(values.only))) {
  const lives = livesOf(program)
  results.push({ program, lives })
  const { name, leak } = program
  if (values.json) {
    console.log(JSON.stringify({ name, leak, ...(leak ? ofLeak(lives) : ofHealthy(lives)), lives }))
  }
}
if (!values.json) {
  for (const { head, rows } of tables(results).filter(({ rows }) => rows.length > 0)) {
    console.log(`${table(head, rows)}\n`)
  }
}
