'use strict'

/**
 * Which periodic rounds capture: days of made-up programs, one window a minute,
 * in simulated time. The randomness is seeded.
 */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { GrowthGate } = require('../lib/gate')
const { MemoryFloor } = require('../lib/memory')

const MIB = 2 ** 20
const HOUR = 60
const DAY = 24 * HOUR
const OPTIONS = { minChecks: 3, minGrowthBytes: 64 * 1024 }
const SEEDS = [1, 2, 3, 4, 5, 6]

/** Normally distributed numbers (Box-Muller over mulberry32), the same ones for a seed. */
function normal(seed) {
  let state = seed
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}

/** What a program holds `minute` minutes after its start, in bytes. */
const warmingUp = (minute) => 100 * MIB + 20 * MIB * (1 - Math.exp(-minute / 15))
const sawtooth = (minute, period, height) => ((minute % period) / period) * height
const diurnal = (minute, height) => (height / 2) * (1 - Math.cos((2 * Math.PI * minute) / DAY))
const leaked = (minute, from = 0) => (Math.max(0, minute - from) / HOUR) * MIB

/**
 * Runs the gate over a program.
 *
 * A capture sees what leaked, exactly: its verdict is what the growth rules
 * make of that. Without a leak it is always healthy.
 *
 * @returns {{ captures: number[], foundAt: number | null }} in minutes
 */
function simulate(minutes, seed, { heap, leak = () => 0, noise = 0.5 * MIB, ...others }) {
  const gate = new GrowthGate(OPTIONS)
  const random = normal(seed)
  const captures = []
  const seen = []
  let foundAt = null
  for (let minute = 1; minute <= minutes; minute++) {
    const look = {
      heap: heap(minute) + leak(minute) + noise * random(),
      arrayBuffers: 0,
      external: 2 * MIB,
      resident: (others.resident?.(minute) ?? 80 * MIB) + 0.5 * MIB * random(),
      collected: others.collected?.(minute) ?? true
    }
    if (!gate.isOpen(look)) continue
    captures.push(minute)
    seen.push((others.nativeLeak ?? leak)(minute))
    const verdict = verdictOf(seen)
    if (verdict === 'leak') foundAt ??= minute
    gate.captured(verdict)
  }
  return { captures, foundAt }
}

function verdictOf(seen) {
  if (seen.length <= OPTIONS.minChecks) return 'insufficient-data'
  let first = seen.length - 1
  while (first > 0 && seen[first] > seen[first - 1]) first -= 1
  const grown = seen.at(-1) - seen[first]
  if (grown < OPTIONS.minGrowthBytes) return 'healthy'
  return seen.length - 1 - first >= OPTIONS.minChecks ? 'leak' : 'suspected'
}

/**
 * At most so many captures, and none any more after `quietAfter` minutes; but
 * noise can look like a trend, so one of the seeds may have one.
 */
function staysQuiet(program, minutes, most, quietAfter) {
  const runs = SEEDS.map((seed) => simulate(minutes, seed, program).captures)
  const counts = runs.map((captures) => captures.length)
  assert.ok(Math.max(...counts) <= most, `captures by seed: ${counts}`)
  const late = runs.flat().filter((minute) => minute > quietAfter)
  assert.ok(late.length <= 1, `late captures, in minutes: ${late}`)
}

function finds(program, minutes, from = 0) {
  for (const seed of SEEDS) {
    const { foundAt } = simulate(from + minutes, seed, program)
    assert.ok(foundAt !== null, `seed ${seed}: not found within ${minutes} min`)
  }
}

describe('the growth gate', () => {
  it('opens for as many rounds as a verdict takes, whatever there is to see', () => {
    const { captures } = simulate(20, 1, { heap: () => 50 * MIB, noise: 0 })
    assert.deepEqual(captures, [1, 2, 3, 4])
  })

  it('stays closed over three days of a steady program, once it has warmed up', () => {
    staysQuiet({ heap: warmingUp }, 3 * DAY, 7, DAY)
    staysQuiet({ heap: warmingUp, noise: 3 * MIB }, 3 * DAY, 5, DAY)
    staysQuiet({ heap: warmingUp, noise: 0 }, 3 * DAY, 7, 5 * HOUR)
  })

  it('stays closed while a cache fills and is emptied, again and again', () => {
    for (const period of [30, 200]) {
      const heap = (minute) => warmingUp(minute) + sawtooth(minute, period, 20 * MIB)
      staysQuiet({ heap }, 3 * DAY, 8, 4 * HOUR)
    }
  })

  it('stays closed while a cache is full', () => {
    const heap = (minute) => 100 * MIB + 50 * MIB * (1 - Math.exp(-minute / 60))
    staysQuiet({ heap }, 3 * DAY, 10, DAY)
  })

  it('stays closed while memory follows the traffic of the day', () => {
    const heap = (minute) => warmingUp(minute) + diurnal(minute, 50 * MIB)
    staysQuiet({ heap }, 7 * DAY, 12, DAY)
  })

  it('stays closed after spikes that recovered', () => {
    const heap = (minute) => warmingUp(minute) + (minute % 500 > 485 ? 100 * MIB : 0)
    staysQuiet({ heap }, 7 * DAY, 8, DAY)
  })

  it('stays closed while only garbage grows', () => {
    const heap = (minute) => 100 * MIB + sawtooth(minute, 7, 30 * MIB)
    staysQuiet({ heap, collected: (minute) => minute % 7 === 0 }, 3 * DAY, 4, 10)
  })

  it('stays closed while an allocator fills its pools', () => {
    const resident = (minute) => 200 * MIB + 30 * MIB * (1 - Math.exp(-minute / 100))
    staysQuiet({ heap: warmingUp, resident }, 3 * DAY, 8, 3 * DAY)
  })

  it('finds 1 MB an hour within hours, in small heaps and big ones', () => {
    for (const size of [10, 100, 500, 1500]) {
      finds({ heap: () => size * MIB, leak: leaked }, 8 * HOUR)
    }
  })

  it('finds a leak that begins after half a day', () => {
    const from = 12 * HOUR
    finds({ heap: warmingUp, leak: (minute) => leaked(minute, from) }, 8 * HOUR, from)
  })

  it('finds a leak beneath a sawtooth, beneath the height of a past spike, and by day and night', () => {
    const from = 6 * HOUR
    const leak = (minute) => leaked(minute, from)
    const tooth = (minute) => warmingUp(minute) + sawtooth(minute, 30, 20 * MIB)
    finds({ heap: tooth, leak }, DAY, from)
    const spike = (minute) => warmingUp(minute) + (minute > 60 && minute < 75 ? 100 * MIB : 0)
    finds({ heap: spike, leak }, DAY, from)
    const days = (minute) => warmingUp(minute) + diurnal(minute, 50 * MIB)
    finds({ heap: days, leak }, 4 * DAY, from)
  })

  it('finds growth where collections are rare', () => {
    const collected = (minute) => minute % 240 === 0
    finds({ heap: () => 50 * MIB, leak: leaked, collected }, 12 * HOUR)
  })

  it('finds growth outside of the heap', () => {
    const resident = (minute) => 200 * MIB + 10 * leaked(minute)
    const { foundAt } = simulate(DAY, 1, { heap: warmingUp, resident, nativeLeak: leaked })
    assert.ok(foundAt !== null)
    const gate = new GrowthGate(OPTIONS)
    const still = { heap: 50 * MIB, external: 0, resident: 0, collected: true }
    let opened = 0
    for (let minute = 1; minute < 6 * HOUR; minute++) {
      if (!gate.isOpen({ ...still, arrayBuffers: minute * MIB })) continue
      opened += 1
      gate.captured('healthy')
    }
    assert.ok(opened > OPTIONS.minChecks + 1)
    assert.equal(gate.growth.signal, 'arrayBuffers')
  })

  it('captures a fast leak soon, and a known one ever more rarely', () => {
    const { captures, foundAt } = simulate(DAY, 1, {
      heap: warmingUp,
      leak: (minute) => minute * MIB
    })
    assert.ok(foundAt < 15, `found at ${foundAt} min`)
    assert.ok(captures.length < 20, `${captures.length} captures`)
  })
})

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
