'use strict'

/**
 * Which periodic rounds capture: days of made-up programs, one window a minute,
 * in simulated time. The randomness is seeded.
 */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { CapturePlan } = require('../lib/capture-plan')
const { StartUp } = require('../lib/start-up')
const { normal, uniform } = require('../benchmark/lib/random')

const MIB = 2 ** 20
const HOUR = 60
const DAY = 24 * HOUR
const OPTIONS = { minChecks: 3, minGrowthBytes: 64 * 1024, intervalMs: 60_000 }
const SEEDS = [1, 2, 3, 4, 5, 6]

/** What a program holds `minute` minutes after its start, in bytes. */
const warmingUp = (minute) => 100 * MIB + 20 * MIB * (1 - Math.exp(-minute / 15))
const sawtooth = (minute, period, height) => ((minute % period) / period) * height
const diurnal = (minute, height) => (height / 2) * (1 - Math.cos((2 * Math.PI * minute) / DAY))
const leaked = (minute, from = 0) => (Math.max(0, minute - from) / HOUR) * MIB

/**
 * Runs the plan over a program.
 *
 * A capture sees what leaked, exactly: its verdict is what the growth rules
 * make of that. Without a leak it is always healthy.
 *
 * @returns {{ captures: number[], foundAt: number | null }} in minutes
 */
function simulate(minutes, seed, { heap, leak = () => 0, noise = 0.5 * MIB, ...others }) {
  const plan = new CapturePlan(OPTIONS)
  const numbers = uniform(seed)
  const random = () => normal(numbers)
  const captures = []
  const seen = []
  let foundAt = null
  for (let minute = 1; minute <= minutes; minute++) {
    const look = {
      heap: heap(minute) + leak(minute) + noise * random(),
      arrayBuffers: 0,
      external: 2 * MIB,
      resident: (others.resident?.(minute) ?? 80 * MIB) + 0.5 * MIB * random(),
      collected: others.collected?.(minute) ?? true,
      modules: others.modules?.(minute) ?? 100
    }
    if (!plan.window(look).capture) continue
    captures.push(minute)
    seen.push((others.nativeLeak ?? leak)(minute))
    const verdict = verdictOf(seen)
    if (verdict === 'leak') foundAt ??= minute
    plan.captured(verdict)
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

/** The most captures that lie within one day. */
function mostInADay(captures) {
  const within = captures.map(
    (from) => captures.filter((at) => at >= from && at < from + DAY).length
  )
  return Math.max(0, ...within)
}

/**
 * At most twelve captures in any day; and at most one a day, by the median of the seeds, after
 * `quietAfter` minutes: what stands a little higher for long is looked at once more.
 */
function staysQuiet(program, minutes, quietAfter) {
  const runs = SEEDS.map((seed) => simulate(minutes, seed, program).captures)
  for (const captures of runs) {
    assert.ok(mostInADay(captures) <= 12, `captures, in minutes: ${captures}`)
  }
  const late = runs.map((captures) => captures.filter((minute) => minute > quietAfter).length)
  const days = Math.ceil((minutes - quietAfter) / DAY)
  assert.ok(late.sort((a, b) => a - b)[late.length >> 1] <= days, `late captures by seed: ${late}`)
}

function finds(program, minutes, from = 0) {
  for (const seed of SEEDS) {
    const { foundAt } = simulate(from + minutes, seed, program)
    assert.ok(foundAt !== null, `seed ${seed}: not found within ${minutes} min`)
  }
}

describe('the plan of captures', () => {
  it('has as many captures as a verdict takes, whatever there is to see', () => {
    const { captures } = simulate(20, 1, { heap: () => 50 * MIB, noise: 0 })
    assert.deepEqual(captures, [2, 3, 4, 5])
  })

  it('stays closed over three days of a steady program, once it has warmed up', () => {
    staysQuiet({ heap: warmingUp }, 3 * DAY, DAY)
    staysQuiet({ heap: warmingUp, noise: 3 * MIB }, 3 * DAY, DAY)
    staysQuiet({ heap: warmingUp, noise: 0 }, 3 * DAY, 5 * HOUR)
  })

  it('stays closed while a cache fills and is emptied, again and again', () => {
    for (const period of [30, 200]) {
      const heap = (minute) => warmingUp(minute) + sawtooth(minute, period, 20 * MIB)
      staysQuiet({ heap }, 3 * DAY, 4 * HOUR)
    }
  })

  it('stays closed while a cache is full', () => {
    const heap = (minute) => 100 * MIB + 50 * MIB * (1 - Math.exp(-minute / 60))
    staysQuiet({ heap }, 3 * DAY, DAY)
  })

  it('stays closed while memory follows the traffic of the day', () => {
    const heap = (minute) => warmingUp(minute) + diurnal(minute, 50 * MIB)
    staysQuiet({ heap }, 7 * DAY, DAY)
  })

  it('stays closed after spikes that recovered', () => {
    const heap = (minute) => warmingUp(minute) + (minute % 500 > 485 ? 100 * MIB : 0)
    staysQuiet({ heap }, 7 * DAY, DAY)
  })

  it('stays closed while only garbage grows', () => {
    const heap = (minute) => 100 * MIB + sawtooth(minute, 7, 30 * MIB)
    staysQuiet({ heap, collected: (minute) => minute % 7 === 0 }, 3 * DAY, 10)
  })

  it('stays closed while an allocator fills its pools', () => {
    const resident = (minute) => 200 * MIB + 30 * MIB * (1 - Math.exp(-minute / 100))
    staysQuiet({ heap: warmingUp, resident }, 3 * DAY, 3 * DAY)
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
    const plan = new CapturePlan(OPTIONS)
    const still = { heap: 50 * MIB, external: 0, resident: 0, collected: true }
    let opened = 0
    for (let minute = 1; minute < 6 * HOUR; minute++) {
      if (!plan.window({ ...still, arrayBuffers: minute * MIB, modules: 100 }).capture) continue
      opened += 1
      plan.captured('healthy')
    }
    assert.ok(opened > OPTIONS.minChecks + 1)
    assert.equal(plan.growth.signal, 'arrayBuffers')
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

/** Which of `minutes` windows capture when each capture finds what `find` says: a verdict, and suspects. */
function windowsOf(minutes, find, { heap = () => 50 * MIB, collected = true, ...options } = {}) {
  const plan = new CapturePlan({ ...OPTIONS, ...options })
  const captured = []
  for (let minute = 1; minute <= minutes; minute++) {
    const look = { heap: heap(minute), arrayBuffers: 0, external: 0, resident: 0, collected }
    if (!plan.window({ ...look, modules: 100 }).capture) continue
    captured.push(minute)
    plan.captured(...find(captured.length, minute))
  }
  return captured
}

const distances = (windows) => windows.slice(1).map((at, i) => at - windows[i])

describe('a suspect', () => {
  const suspected = () => ['suspected', 1]

  it('is captured at growing distances although no floor moves', () => {
    const captured = windowsOf(DAY, suspected)
    const all = [1, 1, 1, 6, 6, 6, 6, 6, 16, 14, 50, 150, 300, 440]
    assert.deepEqual(distances(captured), all)
  })

  it('is not captured any more once it was refuted twice: the first time may be a quiet one', () => {
    const captured = windowsOf(DAY, (capture) => (capture < 6 ? suspected() : ['healthy', 0]))
    assert.deepEqual(distances(captured), [1, 1, 1, 6, 6, 6])
    const again = (capture) => (capture === 6 ? ['healthy', 0] : suspected())
    assert.deepEqual(distances(windowsOf(60, again)), [1, 1, 1, 6, 6, 6, 6, 6, 16])
  })

  it('is not captured later because it was captured for another reason in between', () => {
    const heap = (minute) => (minute < 13 ? 50 : 100) * MIB
    const captured = windowsOf(30, suspected, { heap })
    assert.deepEqual(captured, [2, 3, 4, 5, 11, 14, 15, 17, 23, 29])
  })

  it('beside a leak that was told is captured as well', () => {
    const captured = windowsOf(20, (capture) => ['leak', capture < 6 ? 1 : 0])
    assert.deepEqual(captured, [2, 3, 4, 5, 11, 17])
  })

  it('is what a verdict that does not come leaves open, until the first that is clear', () => {
    const open = windowsOf(20, () => ['insufficient-data', 0])
    assert.deepEqual(open, [2, 3, 4, 5, 11, 17])
    const captured = windowsOf(60, (n) => [n < 6 ? 'insufficient-data' : 'healthy', 0])
    assert.deepEqual(captured, [2, 3, 4, 5, 11, 17])
  })

  it('that grows by half of the heap is captured although the day has had all of its captures', () => {
    const heap = (minute) => (minute < 1300 ? 500 : 2000) * MIB
    const captured = windowsOf(DAY, suspected, { heap, intervalMs: 120_000 })
    assert.ok(captured.some((window) => window > 1300))
  })

  it('is not refuted by the first captures, which are few and close together', () => {
    const verdicts = ['insufficient-data', 'suspected', 'insufficient-data', 'healthy']
    const find = (capture) => [verdicts[capture - 1] ?? 'healthy', capture === 2 ? 1 : 0]
    assert.deepEqual(distances(windowsOf(DAY, find)), [1, 1, 1, 6, 6])
  })

  it('that comes back after hours begins with short distances again', () => {
    const found = (capture, minute) => (capture > 4 && minute < 600 ? ['healthy', 0] : suspected())
    const heap = (minute) => 50 * MIB + (minute > 600 ? 5 * MIB : 0)
    const late = windowsOf(DAY, found, { heap }).filter((minute) => minute > 600)
    assert.deepEqual(distances(late).slice(0, 3), [6, 6, 6])
  })
})

describe('a heap that is hardly ever collected', () => {
  const healthy = () => ['healthy', 0]

  it('is looked at again when all of its latest windows stand higher', () => {
    const heap = (minute) => 50 * MIB + minute * 100 * 1024
    const captured = windowsOf(60, healthy, { heap, collected: false })
    assert.deepEqual(captured, [2, 3, 4, 5, 35])
  })

  it('is not when it only swings', () => {
    const heap = (minute) => 50 * MIB + (minute % 8) * MIB
    assert.equal(windowsOf(DAY, healthy, { heap, collected: false }).length, 4)
  })
})

describe('a leak that was told', () => {
  const leak = (capture) => (capture < 4 ? ['suspected', 1] : ['leak', 0])

  it('and stands still is looked at again, ever more seldom', () => {
    assert.deepEqual(distances(windowsOf(DAY, leak)).slice(3), [10, 20, 40, 80, 160, 320, 640])
  })

  it('and has ended is left alone', () => {
    const found = (capture) => (capture < 5 ? leak(capture) : ['healthy', 0])
    assert.equal(windowsOf(DAY, found).length, 5)
  })
})

describe('a process that starts', () => {
  const started = (program) => windowsOf(10, () => ['healthy', 0], program)[0]

  it('is captured once its heap has settled', () => {
    assert.equal(started({}), 2)
    assert.equal(started({ heap: (minute) => (minute < 2 ? 10 : 40) * MIB }), 3)
  })

  it('is captured in the third window although its heap goes on rising', () => {
    assert.equal(started({ heap: (minute) => 20 * MIB * 2 ** minute }), 3)
  })

  it('is waited for while modules are loaded, until the fifth window', () => {
    const firstWith = (modules) => {
      const startUp = new StartUp()
      for (let minute = 1; ; minute++) {
        startUp.take({ heap: 50 * MIB, modules: modules(minute) })
        if (startUp.isOver) return minute
      }
    }
    assert.equal(
      firstWith((minute) => Math.min(minute, 3)),
      4
    )
    assert.equal(
      firstWith((minute) => minute),
      5
    )
  })

  it('counts as started when somebody had it captured', () => {
    const plan = new CapturePlan(OPTIONS)
    plan.captured('insufficient-data')
    const look = { heap: 1, arrayBuffers: 0, external: 0, resident: 0, collected: true }
    assert.equal(plan.isStarting, false)
    assert.deepEqual(plan.window(look), { capture: true, reason: 'first' })
  })
})

describe('a day', () => {
  it('has as many windows as intervals, and sixteen captures', () => {
    const find = (capture) => (capture % 4 < 2 ? ['suspected', 1] : ['healthy', 0])
    const heap = (minute) => 500 * MIB + minute * 100 * 1024
    const inADay = (intervalMs) => windowsOf(DAY, find, { heap, intervalMs }).length
    assert.equal(inADay(60_000), 16)
    assert.ok(inADay(300_000) > 16)
  })

  it('is not used up by captures that somebody asked for', () => {
    const plan = new CapturePlan(OPTIONS)
    for (let i = 0; i < 30; i++) plan.captured('healthy')
    const still = { arrayBuffers: 0, external: 0, resident: 0, collected: true }
    const reasons = []
    for (let minute = 1; minute <= 80; minute++) {
      const plans = plan.window({ ...still, heap: 50 * MIB + minute * 300 * 1024 })
      if (plans.capture) reasons.push(plans.reason)
      if (plans.capture) plan.captured('healthy')
    }
    assert.ok(reasons.length > 0, 'a rise is captured')
  })
})

describe('a look', () => {
  const still = { heap: 50 * MIB, arrayBuffers: 0, external: 0, resident: 0, collected: true }
  const capturesWith = (walkCpuMs) => {
    const plan = new CapturePlan(OPTIONS)
    const seen = []
    for (let minute = 1; minute <= DAY; minute++) {
      const { capture, reason } = plan.window({ ...still, modules: 1 })
      if (!capture) continue
      seen.push(reason)
      plan.captured('healthy', 0, walkCpuMs)
    }
    return seen
  }

  it('is taken every half hour where the last capture was a cheap walk', () => {
    const looks = capturesWith(100).filter((reason) => reason === 'look')
    assert.equal(looks.length, 47)
  })

  it('is as many times rarer as it costs more, and not taken where V8 writes', () => {
    const looks = (cpuMs) => capturesWith(cpuMs).filter((reason) => reason === 'look').length
    assert.equal(looks(10_000), 4)
    assert.equal(looks(null), 0)
  })

  it('changes nothing else if it finds nothing', () => {
    const rising = (minute) => ({ ...still, heap: 50 * MIB + minute * 40 * 1024 })
    const reasonsOf = (walkCpuMs) => {
      const own = new CapturePlan(OPTIONS)
      const seen = []
      for (let minute = 1; minute <= DAY / 2; minute++) {
        const { capture, reason } = own.window(rising(minute))
        if (!capture) continue
        if (reason !== 'look') seen.push([minute, reason])
        own.captured('healthy', 0, walkCpuMs)
      }
      return seen
    }
    assert.deepEqual(reasonsOf(100), reasonsOf(null))
    assert.ok(reasonsOf(null).some(([, reason]) => reason === 'growth'))
  })
})
