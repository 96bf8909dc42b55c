'use strict'

/** Emitted leaks and their end, signs of life in a quiet log, and the warm-up. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { EmittedLeaks } = require('../lib/emitted-leaks')
const { SignOfLife } = require('../lib/sign-of-life')
const { WarmUp } = require('../lib/warm-up')

const leak = (id, count = 1) => ({ id, verdict: 'leak', count })
const HOUR_MS = 3_600_000

describe('an emitted leak', () => {
  it('ends once, and as it was last reported', () => {
    const emitted = new EmittedLeaks()
    emitted.add(leak('a'))
    emitted.add(leak('b'))
    assert.deepEqual(emitted.ended([]), [])
    assert.deepEqual(emitted.ended([leak('b', 2)]), [leak('b', 2)])
    assert.deepEqual(emitted.ended([leak('b', 2)]), [])
    assert.deepEqual(emitted.ended([leak('a')]), [leak('a')])
  })

  it('does not end if it was never emitted', () => {
    assert.deepEqual(new EmittedLeaks().ended([leak('a')]), [])
  })

  it('is forgotten when there are too many', () => {
    const emitted = new EmittedLeaks()
    const leaks = Array.from({ length: 300 }, (_, i) => leak(`leak ${i}`))
    for (const each of leaks) emitted.add(each)
    const ended = emitted.ended(leaks)
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
