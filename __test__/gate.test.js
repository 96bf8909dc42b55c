'use strict'

/** Which periodic rounds capture. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { GrowthGate } = require('../lib/gate')
const { MemoryFloor } = require('../lib/memory')

const MIB = 2 ** 20
const kept = (bytes) => ({ keptBytes: bytes, usedBytes: bytes + 10 * MIB })
const uncollected = (bytes) => ({ keptBytes: null, usedBytes: bytes })

/** A gate after its first captures, which always run. */
function settledAt(look) {
  const gate = new GrowthGate({ minChecks: 2, minGrowthBytes: MIB })
  for (let i = 0; i < 2; i++) {
    assert.ok(gate.isOpen(look))
    gate.captured(look)
  }
  return gate
}

describe('the growth gate', () => {
  it('stays closed while the floor stays', () => {
    const gate = settledAt(kept(50 * MIB))
    for (let i = 0; i < 5; i++) assert.equal(gate.isOpen(kept(50 * MIB + i)), false)
  })

  it('adds up growth that is small between two looks', () => {
    const gate = settledAt(kept(50 * MIB))
    const opened = [1, 2, 3, 4, 5].map((n) => gate.isOpen(kept(50 * MIB + n * (MIB / 4))))
    assert.deepEqual(opened, [false, false, false, true, true])
  })

  it('opens for growth that begins after a quiet time', () => {
    const gate = settledAt(kept(50 * MIB))
    for (let i = 0; i < 100; i++) gate.isOpen(kept(50 * MIB))
    assert.equal(gate.isOpen(kept(52 * MIB)), true)
  })

  it('does not hold garbage at the time of a capture against later growth', () => {
    const gate = settledAt(uncollected(500 * MIB))
    assert.equal(gate.isOpen(kept(50 * MIB)), false)
    assert.equal(gate.isOpen(kept(52 * MIB)), true)
  })

  it('takes a little more for garbage until a collection tells', () => {
    const gate = settledAt(kept(80 * MIB))
    assert.equal(gate.isOpen(uncollected(88 * MIB)), false)
    assert.equal(gate.isOpen(uncollected(92 * MIB)), true)
  })
})

describe('the memory floor', () => {
  const usage = (heapUsed, external = 0) => ({ heapUsed, external })

  it('is looked at anew each time', (t) => {
    const floor = new MemoryFloor()
    t.after(() => floor.stop())
    assert.equal(floor.look().keptBytes, null)
    floor.collected(usage(20))
    floor.collected(usage(10, 5))
    assert.equal(floor.look().keptBytes, 15)
    assert.equal(floor.look().keptBytes, null)
    floor.collected(usage(30))
    assert.equal(floor.look().keptBytes, 30)
  })

  it('is, in reports, the lowest since the last capture', (t) => {
    const floor = new MemoryFloor()
    t.after(() => floor.stop())
    floor.collected(usage(10))
    floor.look()
    assert.equal(floor.bytes, 10)
    floor.reset()
    assert.ok(floor.bytes > 10)
  })
})
