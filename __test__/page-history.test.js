'use strict'

/** What the page remembers, and that it is bounded. */

const assert = require('node:assert/strict')
const { afterEach, describe, it } = require('node:test')
const { History, MAX_EARLIER } = require('../lib/page/history')
const { MAX_ROUNDS } = require('../lib/page/rounds')
const { COLUMNS, MAX_RECENT, MAX_WHOLE, Samples } = require('../lib/page/samples')
const { checkReport, leakReport, skipReport } = require('./support/reports')

const sample = (at) => Object.fromEntries(COLUMNS.map((name, i) => [name, at * 10 ** i]))

describe('memory over time', () => {
  it('is the latest samples, in columns', () => {
    const samples = new Samples()
    for (let at = 1; at <= MAX_RECENT + 5; at++) samples.add(sample(at))
    const recent = samples.recent()
    assert.equal(recent.at.length, MAX_RECENT)
    assert.equal(recent.at[0], 6)
    assert.equal(recent.at.at(-1), MAX_RECENT + 5)
    assert.equal(recent.rssBytes[0], 60_000)
    assert.deepEqual(samples.recent(MAX_RECENT + 3).at, [MAX_RECENT + 4, MAX_RECENT + 5])
    assert.deepEqual(samples.recent(MAX_RECENT + 5).at, [])
  })

  it('is also the whole time, ever more coarsely, in even steps from the first sample', () => {
    const samples = new Samples()
    for (let at = 0; at < 10_000; at++) {
      samples.add(sample(at))
      if (at % 97 !== 0) continue
      const whole = samples.whole().at
      assert.ok(whole.length <= MAX_WHOLE && whole.length >= Math.min(at, MAX_WHOLE / 2))
      assert.equal(whole[0], 0)
      const step = whole.length > 1 ? whole[1] - whole[0] : 1
      assert.ok(whole.every((it, i) => it === i * step))
      assert.ok(at - whole.at(-1) < step)
    }
  })
})

describe('a history', () => {
  const histories = []
  afterEach(() => {
    for (const history of histories.splice(0)) history.stop()
  })
  const started = (intervalMs) => {
    const history = new History(intervalMs)
    histories.push(history)
    history.start({ kept: (bytes) => bytes - 1 })
    return history
  }

  it('has no memory before it is started, and a sample at once when it is', () => {
    assert.equal(new History(60_000).figures().memory, null)
    assert.equal(new History(60_000).samplesAfter(0), null)
    const { memory } = started(60_000).figures()
    assert.equal(memory.stepMs, 5000)
    assert.equal(memory.recent.at.length, 1)
    assert.equal(memory.recent.floorBytes[0], memory.recent.heapUsedBytes[0] - 1)
    assert.equal(started(1000).figures().memory.stepMs, 500)
  })

  it('returns rounds as they were', () => {
    const history = new History(60_000)
    const check = checkReport({ leaks: [leakReport()] })
    const { estimate: _, child, ...cost } = check.cost
    const { cpuMs, privateBytes, copiedBytes } = child
    history.checked(check)
    const inline = { ...check.cost, capture: 'inline', child: null, analysisCpuMs: null }
    history.checked(checkReport({ cost: inline }))
    history.checked(checkReport({ cost: null, snapshot: null }))
    const [first, second, third] = history.figures().rounds
    assert.deepEqual(first, {
      kind: 'check',
      at: check.at,
      verdict: 'leak',
      leaks: 1,
      suspects: 0,
      snapshot: check.snapshot,
      cost: { ...cost, child: { cpuMs, privateBytes, copiedBytes } }
    })
    assert.deepEqual(second.cost, { ...cost, capture: 'inline', child: null, analysisCpuMs: null })
    assert.deepEqual([third.snapshot, third.cost], [null, null])
  })

  it('counts skips for the same reason as one round', () => {
    const history = new History(60_000)
    history.skipped(skipReport('GATE_CLOSED', '2026-03-01T10:00:00.000Z'))
    history.skipped(skipReport('GATE_CLOSED', '2026-03-01T10:01:00.000Z'))
    history.skipped(skipReport('ERR_CAPTURE_OS', '2026-03-01T10:02:00.000Z'))
    history.skipped(skipReport('GATE_CLOSED', '2026-03-01T10:03:00.000Z'))
    const rounds = history.figures().rounds
    assert.deepEqual(
      rounds.map(({ code, count, at }) => [code, count, at.slice(14, 16)]),
      [
        ['GATE_CLOSED', 2, '01'],
        ['ERR_CAPTURE_OS', 1, '02'],
        ['GATE_CLOSED', 1, '03']
      ]
    )
    assert.deepEqual(Object.keys(rounds[0]), ['kind', 'at', 'code', 'message', 'count'])
  })

  it('forgets the oldest rounds, and keeps each with its reason', () => {
    const history = new History(60_000)
    for (let i = 0; i < 3 * MAX_ROUNDS; i++) {
      if (i % 2 === 0) history.checked(checkReport())
      else history.skipped(skipReport(`CODE_${i}`))
    }
    const { rounds } = history.figures()
    assert.equal(rounds.length, MAX_ROUNDS)
    rounds.forEach((round, i) => {
      const number = 2 * MAX_ROUNDS + i
      assert.equal(round.code, number % 2 === 0 ? undefined : `CODE_${number}`)
    })
  })

  it('remembers leaks that are gone, until they are back', () => {
    const history = new History(60_000)
    const [a, b] = ['a', 'b'].map((id) => leakReport({ id }))
    const gone = () => history.figures().earlier.map(({ leak }) => leak.id)
    history.checked(checkReport({ leaks: [a, b], at: '2026-03-01T10:00:00.000Z' }))
    assert.deepEqual(gone(), [])
    history.checked(checkReport({ leaks: [b] }))
    assert.deepEqual(history.figures().earlier, [
      { lastSeenAt: '2026-03-01T10:00:00.000Z', leak: a }
    ])
    history.checked(checkReport())
    assert.deepEqual(gone(), ['b', 'a'], 'the latest first')
    history.checked(checkReport({ suspects: [a] }))
    assert.deepEqual(gone(), ['b'])
  })

  it('remembers a few of them only', () => {
    const history = new History(60_000)
    for (let i = 0; i < 100; i++) {
      history.checked(checkReport({ leaks: [leakReport({ id: String(i) })] }))
    }
    const { earlier } = history.figures()
    assert.equal(earlier.length, MAX_EARLIER)
    assert.equal(earlier[0].leak.id, '98')
  })

  it('says when there is something new', () => {
    const history = new History(60_000)
    const seen = new Set([history.revision])
    history.checked(checkReport())
    seen.add(history.revision)
    history.skipped(skipReport())
    history.skipped(skipReport())
    seen.add(history.revision)
    history.stop()
    seen.add(history.revision)
    assert.equal(seen.size, 4)
  })
})
