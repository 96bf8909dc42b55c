'use strict'

/** What a round makes of the native part's answers. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { setFlagsFromString } = require('node:v8')
const { runInNewContext } = require('node:vm')
const { Rounds } = require('../lib/rounds')
const { resolveOptions } = require('../lib/options')
const { evaluate } = require('./support/program')
const { checkReport, leakReport } = require('./support/reports')

/** A native part that answers each request with `answer`. */
function answering(answer) {
  return class {
    #tell

    constructor(_options, tell) {
      this.#tell = tell
    }

    number() {
      return 1
    }

    sample() {}

    wantsComparison() {
      return false
    }

    check() {
      setImmediate(() => this.#tell(JSON.stringify(answer)))
      return 1
    }

    readMemory() {
      return this.check()
    }
  }
}

/** Answers a request by asking for a capture with `method`, which then fails in the native part. */
function defective(method) {
  return class extends answering({ event: 'capture', round: 1, method }) {
    write() {
      return this.check()
    }

    capture() {
      throw new Error('no capture')
    }

    push() {
      return true
    }

    end() {
      throw new Error('no end')
    }
  }
}

/** Holds the rounds: those that nobody refers to are collected, in the middle of a check too. */
const kept = new Set()

/** @returns {Rounds} of a native part that is this class */
function roundsOf(NativeDetector, emit = () => {}, options = {}) {
  const binding = {
    NativeDetector,
    forgetSamples: () => {},
    threadCpuMs: () => 0,
    requestCollection: () => emit('collection')
  }
  const rounds = new Rounds(binding, resolveOptions(options), emit, () => {})
  kept.add(rounds)
  return rounds
}

describe('a defect of the native part', () => {
  for (const [method, message] of [
    ['fork', 'no capture'],
    ['stream', 'no end']
  ]) {
    it(`ends a round by ${method} with a skip`, async () => {
      const events = []
      const rounds = roundsOf(defective(method), (name) => events.push(name))
      const { verdict, skip } = await rounds.check('check')
      assert.equal(verdict, 'skipped')
      assert.equal(skip.code, 'ERR_INTERNAL')
      assert.match(skip.message, new RegExp(message))
      assert.deepEqual(events, ['skip'])
    })

    it(`rejects a snapshot file by ${method}`, async () => {
      const written = roundsOf(defective(method)).writeSnapshot('/tmp/a')
      await assert.rejects(written, { code: 'ERR_INTERNAL' })
    })
  }
})

describe('a reading of the memory', () => {
  const news = (collect) => ({ account: { tookMs: 1 }, native: null, exhaustion: null, collect })
  const memoryAnswer = (changes) => ({
    event: 'memory',
    round: 1,
    account: null,
    memory: null,
    ...changes
  })

  it('is reported, and has V8 collect garbage where that decides something', async () => {
    for (const collect of [false, true]) {
      const events = []
      const emit = (...event) => events.push(event)
      const rounds = roundsOf(answering(memoryAnswer({ memory: news(collect) })), emit)
      assert.equal(await rounds.observeMemory(), true)
      const asked = collect ? [['collection']] : []
      assert.deepEqual(events, [...asked, ['memory', news(collect)]])
    }
  })

  it('of a round comes before its verdict', async () => {
    const events = []
    const report = checkReport()
    const round = { event: 'round', round: 1, report, due: [], memory: news(false), cpuMs: 1 }
    await roundsOf(answering(round), (event) => events.push(event)).check('interval')
    assert.deepEqual(events, ['memory', 'spent', 'check'])
  })

  it('is none where the system does not show the memory', async () => {
    const events = []
    const rounds = roundsOf(answering(memoryAnswer()), (event) => events.push(event))
    assert.equal(await rounds.observeMemory(), false)
    assert.equal(await rounds.readMemory(), null)
    assert.deepEqual(events, [])
  })

  it('is not reported where code asks for it', async () => {
    const events = []
    const account = { tookMs: 1 }
    const rounds = roundsOf(answering(memoryAnswer({ account })), (event) => events.push(event))
    assert.deepEqual(await rounds.readMemory(), account)
    assert.deepEqual(events, [])
  })
})

describe('the heap that a collection has left', () => {
  it('rises only after a collection', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc')
    const readings = []
    const answer = { event: 'memory', round: 1, account: null, memory: null }
    class Reading extends answering(answer) {
      readMemory(request) {
        readings.push(JSON.parse(request).reading)
        return super.readMemory()
      }
    }
    const rounds = roundsOf(Reading)
    const lowest = [50, 60, 40, 70, 80, 90]
    for (const bytes of lowest) {
      await rounds.observeMemory(bytes)
      // A WeakRef that was read is kept until the turn of the event loop ends.
      await new Promise((resolve) => setImmediate(resolve))
      if (bytes === 40 || bytes === 80) gc()
    }
    let kept = Number.POSITIVE_INFINITY
    for (const [at, { collected, keptBytes }] of readings.entries()) {
      kept = collected ? lowest[at] : Math.min(kept, lowest[at])
      assert.equal(keptBytes, kept)
    }
    assert.ok(readings.some(({ collected }) => collected))
  })
})

describe('the leaks of a round', () => {
  const leaks = ['a', 'b', 'c'].map((id) => leakReport({ id }))
  const answer = { event: 'round', round: 1, report: checkReport({ leaks }), due: [2, 0], cpuMs: 1 }

  async function roundWith(options) {
    const emitted = []
    const emit = (event, payload) => emitted.push([event, payload])
    const report = await roundsOf(answering(answer), emit, options).check('interval')
    return { report, told: emitted.filter(([event]) => event === 'leak').map(([, leak]) => leak) }
  }

  it('are events by the very objects that the report has, where these are due', async () => {
    const { report, told } = await roundWith({})
    assert.deepEqual(
      told.map(({ id }) => id),
      ['c', 'a']
    )
    assert.equal(told[0], report.leaks[2])
    assert.equal(told[1], report.leaks[0])
  })

  it('are so with the native part, too', async () => {
    const { value } = await evaluate(`
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 600_000, minChecks: 2 })
      const told = []
      detector.on('leak', (leak) => told.push(leak))
      const kept = []
      class Visit { constructor(n) { this.text = 'visit ' + n } }
      async function main() {
        let leaks
        for (let round = 0; round < 5; round++) {
          for (let i = 0; i < 2000; i++) kept.push(new Visit(i))
          told.length = 0
          leaks = (await detector.check()).leaks
        }
        await detector.stop()
        console.log(JSON.stringify([leaks.length, told.length, leaks.every((leak, i) => leak === told[i])]))
      }
      main()`)
    assert.deepEqual(value, [1, 1, true])
  })

  it('are no events where they are ignored, and the function that says so is asked once', async () => {
    const asked = []
    const ignore = [({ id }) => asked.push(id) > 0 && id === 'c']
    const { report, told } = await roundWith({ ignore })
    assert.deepEqual(told, [report.leaks[0]])
    assert.deepEqual(asked, ['a', 'b', 'c'])
  })
})
