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
const livesOf = (program, isCodeSeen) =>
  SEEDS.map((seed) => live(program, seed, { ...settings, isCodeSeen }))
const results = PROGRAMS.map((program) => ({
  program,
  lives: livesOf(program, false),
  withCode: livesOf(program, true)
}))
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

  it('has twelve captures of an idle program at most, and no more of any that is healthy but looks', () => {
    const most = ({ captures }) => mostInADay(captures)
    for (const { program, lives, withCode } of results.filter(({ program }) => !program.leak)) {
      const quiet = (all) => all.filter(({ falselyAt }) => falselyAt === null).map(most)
      for (const count of quiet(lives)) assert.ok(count <= 20, `${program.name}: ${count}`)
      // A walk costs little: it looks every half hour, whatever the memory does.
      for (const count of quiet(withCode)) assert.ok(count <= 20 + 48, `${program.name}: ${count}`)
    }
    const idle = results.find(({ program }) => program.name === 'nothing but requests in flight')
    assert.ok(Math.max(...idle.lives.map(most)) <= 12)
    assert.ok(Math.min(...idle.withCode.map(most)) >= 40)
  })

  it('is quiet where nothing grows', () => {
    const idle = of('nothing but requests in flight')
    assert.ok(idle.every(({ falselyAt }) => falselyAt === null))
  })

  it('has no event for a store that code keeps small, where captures show that', () => {
    const name = 'the same, and nothing declares it'
    const { lives, withCode } = results.find(({ program }) => program.name === name)
    const events = (those) => those.filter(({ falselyAt }) => falselyAt !== null).length
    assert.equal(events(withCode), 0)
    assert.ok(events(lives) > 0)
  })

  it('is summed up in two tables: a row for each healthy program, two for each that leaks', () => {
    const [leaks, healthy] = tables(results)
    const leaking = PROGRAMS.filter(({ leak }) => leak).length
    assert.deepEqual(
      [leaks.rows.length, healthy.rows.length],
      [2 * leaking, PROGRAMS.length - leaking]
    )
    for (const { head, rows } of [leaks, healthy]) {
      for (const row of rows) assert.equal(row.length, head.length)
    }
  })
})
