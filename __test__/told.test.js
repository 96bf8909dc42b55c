'use strict'

/** The end of leaks that were told, and what a log says while nothing happens. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { SignOfLife } = require('../lib/sign-of-life')
const { Told } = require('../lib/told')
const { WarmUp } = require('../lib/warm-up')

const leak = (id, verdict = 'leak') => ({ id, verdict })
const report = (leaks = [], suspects = []) => ({ leaks, suspects })
const HOUR_MS = 3_600_000

describe('a leak that was told', () => {
  it('ends once, when a check finds it no more', () => {
    const told = new Told()
    told.add(leak('a'))
    told.add(leak('b'))
    assert.deepEqual(told.ended(report([leak('a'), leak('b')])), [])
    assert.deepEqual(told.ended(report([leak('a')])), [leak('b')])
    assert.deepEqual(told.ended(report([leak('a')])), [])
  })

  it('has not ended while it is still suspected', () => {
    const told = new Told()
    told.add(leak('a'))
    assert.deepEqual(told.ended(report([], [leak('a', 'suspected')])), [])
    assert.deepEqual(told.ended(report()), [leak('a')])
  })

  it('ends with its last report', () => {
    const told = new Told()
    told.add({ ...leak('a'), count: 1 })
    told.ended(report([{ ...leak('a'), count: 2 }]))
    assert.deepEqual(told.ended(report()), [{ ...leak('a'), count: 2 }])
  })

  it('that nobody was told of does not end', () => {
    const told = new Told()
    told.ended(report([leak('a')]))
    assert.deepEqual(told.ended(report()), [])
  })

  it('is forgotten when there are too many', () => {
    const told = new Told()
    for (let i = 0; i < 300; i++) told.add(leak(`leak ${i}`))
    const ended = told.ended(report())
    assert.equal(ended.length, 256)
    assert.equal(ended.at(-1).id, 'leak 299')
  })
})

describe('a sign of life', () => {
  it('is due an hour after anything was logged', () => {
    let now = 0
    const life = new SignOfLife(() => now)
    now = HOUR_MS - 1
    assert.equal(life.isDue, false)
    now = HOUR_MS
    assert.equal(life.isDue, true)
    life.spoke()
    assert.equal(life.isDue, false)
  })
})

describe('a warm-up', () => {
  it('lasts from the start on, and leaves traces only if something was captured', () => {
    let now = 1000
    const warmUp = new WarmUp(500, () => now)
    assert.equal(warmUp.isOn, false)
    warmUp.begin()
    assert.equal(warmUp.isOn, true)
    warmUp.captured()
    assert.equal(warmUp.hasLeftTraces, false)
    now = 1500
    assert.deepEqual([warmUp.isOn, warmUp.hasLeftTraces], [false, true])
    warmUp.forgotten()
    assert.equal(warmUp.hasLeftTraces, false)
  })
})
