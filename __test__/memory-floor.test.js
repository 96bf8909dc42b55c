'use strict'

/** What the process holds on to, from samples that are given here. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { MemoryFloor } = require('../lib/memory')

describe('the memory floor', () => {
  const still = { arrayBuffers: 3, external: 4, resident: 5, heapUsed: 100 }

  /** A floor that sees these sizes of the old generation, one after the other. */
  function floorOver(t, sizes, heapUsed = sizes) {
    let next = -1
    const take = () => {
      next = Math.min(next + 1, sizes.length - 1)
      return { ...still, heap: sizes[next], heapUsed: heapUsed[next] }
    }
    const floor = new MemoryFloor(2 ** 31 - 1, { take })
    t.after(() => floor.stop())
    return floor
  }

  it('is the lowest since the last look, and knows of major collections', (t) => {
    const floor = floorOver(t, [20, 30, 10, 15, 25, 26, 27])
    for (let i = 0; i < 3; i++) floor.sample()
    assert.deepEqual(floor.look(), {
      heap: 10,
      arrayBuffers: 3,
      external: 4,
      resident: 5,
      collected: true
    })
    floor.sample()
    const { heap, collected } = floor.look()
    assert.deepEqual({ heap, collected }, { heap: 25, collected: false })
  })

  it('is, in reports, the lowest used heap since the last capture', (t) => {
    const floor = floorOver(t, [1, 1, 1, 1], [30, 20, 40, 50])
    floor.sample()
    floor.look()
    assert.equal(floor.bytes, 20)
    floor.reset()
    assert.equal(floor.bytes, 50)
  })

  it('is, in readings, the lowest used heap since the one before', (t) => {
    const floor = floorOver(t, [1, 1, 1, 1], [30, 20, 40, 50])
    floor.sample()
    floor.sample()
    assert.equal(floor.takeLowest(), 20)
    floor.look()
    floor.reset()
    assert.equal(floor.takeLowest(), 50)
  })

  it('reads the process', (t) => {
    const floor = new MemoryFloor(60_000)
    t.after(() => floor.stop())
    const look = floor.look()
    assert.ok(look.heap > 0 && look.heap < process.memoryUsage().heapTotal)
    assert.ok(look.resident > 0)
    assert.ok(floor.bytes > 0)
  })

  it('does not keep itself or the process alive', () => {
    const before = process.getActiveResourcesInfo().length
    const floor = new MemoryFloor(60_000)
    assert.equal(process.getActiveResourcesInfo().length, before)
    floor.stop()
  })
})
