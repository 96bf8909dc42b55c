'use strict'

/** benchmark/simulate.js in short: days of made-up programs, in simulated time and with seeded numbers. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { NativeSimulation } = require('../binding')
const { live } = require('../benchmark/lib/simulation/life')
const { PROGRAMS } = require('../benchmark/lib/simulation/programs')
const { mostInADay, ofLeak, tables } = require('../benchmark/lib/simulation/summary')

const SEEDS = [1, 2, 3, 4, 5]
const settings = { Simulation: NativeSimulation }
const livesOf = (program) => SEEDS.map((seed) => live(program, seed, settings))
const results = PROGRAMS.map((program) => ({ program, lives: livesOf(program) }))
const of = (name) => results.find(({ program }) => program.name === name).lives

describe('a simulated day', () => {
  it('is the same for a seed', () => {
    const [program] = PROGRAMS
    assert.deepEqual(live(program, 7, settings), live(program, 7, settings))
  })

  it('ends for a leak under load within the hour', () => {
    for (const name of ['some kilobytes a request', 'a few hundred bytes a request']) {
      for (const { toldAt } of of(name))
        assert.ok(toldAt !== null && toldAt <= 60, `${name}: ${toldAt}`)
    }
  })

  it('finds a leak that goes by time and not by traffic', () => {
    for (const name of ['once a second, whatever the traffic', '1 MB an hour']) {
      assert.equal(ofLeak(of(name)).told, 1, name)
    }
  })

  it('has twelve captures where nothing is told, in most programs, and never many more', () => {
    for (const { program, lives } of results) {
      const quiet = lives.filter(({ falselyAt }) => !program.leak && falselyAt === null)
      const counts = quiet.map(({ captures }) => mostInADay(captures))
      for (const count of counts) assert.ok(count <= 20, `${program.name}: ${counts}`)
    }
    const idle = of('nothing but requests in flight').map(({ captures }) => mostInADay(captures))
    assert.ok(Math.max(...idle) <= 12, `${idle}`)
  })

  it('is quiet where nothing grows', () => {
    const idle = of('nothing but requests in flight')
    assert.ok(idle.every(({ falselyAt }) => falselyAt === null))
  })

  it('is summed up in two tables, a row for each program', () => {
    const [leaks, healthy] = tables(results)
    assert.equal(leaks.rows.length + healthy.rows.length, PROGRAMS.length)
    for (const { head, rows } of [leaks, healthy]) {
      for (const row of rows) assert.equal(row.length, head.length)
    }
  })
})
