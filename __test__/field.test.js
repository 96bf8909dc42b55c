'use strict'

/** The parts of benchmark/field.js that decide: its traffic, and what counts as right. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { isRight, outcomeOf, totals } = require('../benchmark/lib/field/outcome')
const { traffic } = require('../benchmark/lib/field/traffic')
const { leakReport } = require('./support/reports')

describe('the traffic of a field run', () => {
  it('is the same for a seed, and another one for another', () => {
    assert.deepEqual(traffic(7, 60), traffic(7, 60))
    assert.notDeepEqual(traffic(7, 60), traffic(8, 60))
  })

  it('has quiet times and bursts, and is never negative', () => {
    const loads = [1, 2, 3, 4, 5].flatMap((seed) => traffic(seed, 100))
    assert.ok(loads.every((load) => load >= 0))
    assert.ok(loads.some((load) => load === 0))
    assert.ok(loads.some((load) => load > 2.1))
  })
})

describe('the outcome of a field run', () => {
  const leak = leakReport()
  const name = leak.container.name
  const leaks = { leak: true, pathIncludes: [name], leakedType: null }
  const checks = ['insufficient-data', 'suspected', 'suspected', 'suspected', 'leak'].map(
    (verdict, index) => ({ round: 2 * index + 1, verdict, suspects: [] })
  )
  const answer = { checks, rounds: 12, captures: 5, skips: {}, spentMs: 100 }
  const outcome = (changes) => outcomeOf({ ...answer, expect: leaks, events: [], ...changes })

  it('counts from the start and from the fourth capture to the first right event', () => {
    const events = [9, 11].map((round) => ({ round, leak }))
    const { toldAt, afterFourth, falsely } = outcome({ events })
    assert.deepEqual([toldAt, afterFourth, falsely], [9, 2, []])
  })

  it('is wrong when something else is told, nothing is, or a leak is called healthy', () => {
    const right = { events: [{ round: 9, leak }] }
    const isRightWith = (changes) => isRight({ expect: leaks, outcome: outcome(changes) })
    assert.equal(isRightWith(right), true)
    assert.equal(isRightWith({}), false)
    const other = { ...leaks, pathIncludes: ['elsewhere'], leakedType: 'Other' }
    assert.equal(outcome({ ...right, expect: other }).toldAt, null)
    assert.equal(outcome({ ...right, expect: other }).falsely.length, 1)
    const healthy = [...checks, { round: 12, verdict: 'healthy', suspects: [] }]
    assert.equal(isRightWith({ ...right, checks: healthy }), false)
  })

  it('is wrong for a healthy program with an event', () => {
    const expect = { leak: false, pathIncludes: [], leakedType: null }
    const results = [[], [{ round: 3, leak }]].map((events) => ({
      expect,
      outcome: outcome({ expect, events })
    }))
    assert.deepEqual(results.map(isRight), [true, false])
    const figures = Object.fromEntries(totals(results))
    assert.equal(figures['healthy programs with an event'], '1 of 2')
  })
})
