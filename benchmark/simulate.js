'use strict'

/**
 * Days of made-up programs in simulated time: when seep captures, and what the rules of growth then say. Everything but the
 * counts is what runs in a process: `lib/capture-plan.js`, and `src/growth` through the native part.
 *
 *   node benchmark/simulate.js [--series 200] [--days 1] [--seed 1] [--only TEXT] [--json]
 *
 * A leak ends when it is reported. Each program lives twice: as V8's snapshots show it, and as a walk does, which also shows
 * code that removes entries. Prints the two tables of docs/verdict.md.
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

const days = Number(values.days)

/** Lives of one program, each with a seed of its own. */
function livesOf(program, isCodeSeen) {
  const seed = seedOf(program.name, Number(values.seed))
  const settings = { days, isCodeSeen, Simulation: NativeSimulation }
  return Array.from({ length: Number(values.series) }, (_, i) => live(program, seed + i, settings))
}

const results = []
for (const program of PROGRAMS.filter(({ name }) => name.includes(values.only))) {
  const lives = livesOf(program, false)
  const withCode = livesOf(program, true)
  results.push({ program, lives, withCode })
  if (!values.json) continue
  const { name, leak } = program
  const figures = leak ? ofLeak : ofHealthy
  console.log(JSON.stringify({ name, leak, ...figures(lives), withCode: figures(withCode) }))
}
if (!values.json) {
  for (const { head, rows } of tables(results).filter(({ rows }) => rows.length > 0)) {
    console.log(`${table(head, rows)}\n`)
  }
}
