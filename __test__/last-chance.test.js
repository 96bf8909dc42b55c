'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { LastChance } = require('../lib/last-chance')

const LIMIT = 1000

/** At which samples it says so. */
function times(heap, samples) {
  const chance = new LastChance(() => LIMIT)
  return Array.from({ length: samples }, (_, i) => i).filter((i) => chance.sample(heap(i)))
}

describe('the last chance before the heap is full', () => {
  it('comes once while a leak grows, with room to spare', () => {
    const [at, ...more] = times((i) => 100 + 2 * i, 450)
    assert.deepEqual(more, [])
    assert.ok(100 + 2 * at >= 0.8 * LIMIT && 100 + 2 * at < 0.9 * LIMIT)
  })

  it('comes earlier when the leak is fast', () => {
    const [at, ...more] = times((i) => 100 + 25 * i, 36)
    assert.deepEqual(more, [])
    assert.ok(100 + 25 * at < 0.75 * LIMIT)
  })

  it('does not come for garbage that reaches far up', () => {
    assert.deepEqual(
      times((i) => 300 + (i % 4) * 220, 1000),
      []
    )
  })

  it('does not come for a heap that is large and stays so', () => {
    assert.deepEqual(
      times((i) => 780 + (i % 3), 1000),
      []
    )
  })

  it('comes again after the danger was over', () => {
    const wave = (i) => (i % 200 < 100 ? 300 : 900)
    assert.equal(times(wave, 600).length, 3)
  })
})
