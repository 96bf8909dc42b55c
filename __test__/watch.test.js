'use strict'

/** When rounds run and how they are reported, with simulated captures. */

const assert = require('node:assert/strict')
const { EventEmitter, getEventListeners, once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, afterEach, before, describe, it } = require('node:test')
const { resolveOptions } = require('../lib/options')
const { Watch } = require('../lib/watch')
const { runNode } = require('./support/program')
const { leakReport } = require('./support/reports')

const tick = () => new Promise((resolve) => setImmediate(resolve))

/** A round as it is reported; with a skip code, one without a snapshot. */
function report(skipCode = null) {
  const at = new Date().toISOString()
  return {
    schemaVersion: 1,
    verdict: skipCode === null ? 'healthy' : 'skipped',
    leaks: [],
    suspects: [],
    resolved: [],
    skip: skipCode === null ? null : { code: skipCode, message: 'because', at },
    snapshot: skipCode === null ? { nodes: 1, edges: 0, jsonBytes: 1, selfBytes: 1 } : null,
    cost: null,
    memory: null,
    at
  }
}

/** Ends a round immediately, or on request. */
class FakeRounds {
  static made = []
  reasons = []
  stopped = 0
  answer = () => report()
  hold = false
  read = () => true

  constructor(options, emit) {
    this.options = options
    this.emit = emit
    FakeRounds.made.push(this)
  }

  async check(reason) {
    this.reasons.push(reason)
    if (this.hold) {
      await new Promise((resolve) => {
        this.release = resolve
      })
    }
    const result = this.answer()
    if (result.skip === null) this.emit('check', result)
    else this.emit('skip', result.skip)
    return result
  }

  async observeMemory() {
    return this.read()
  }

  async writeSnapshot(path) {
    return path
  }

  async stop() {
    this.stopped += 1
    this.release?.()
  }
}

// The schedule's timer does not keep a process alive; this does.
let alive
before(() => {
  alive = setInterval(() => {}, 60_000)
})
after(() => clearInterval(alive))

const watches = []
const makeRounds = (options, emit) => new FakeRounds(options, emit)

function watching(options = {}) {
  const detector = new EventEmitter()
  const events = []
  for (const name of ['leak', 'resolved', 'check', 'skip', 'memory-growth', 'exhaustion']) {
    detector.on(name, (payload) => events.push([name, payload]))
  }
  const watch = new Watch(detector, resolveOptions({ intervalMs: 100, ...options }), makeRounds)
  watches.push(watch)
  return { detector, watch, events, fake: () => FakeRounds.made.at(-1) }
}

afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop()
  FakeRounds.made.length = 0
})

describe('check()', () => {
  it('works before start(), and makes the rounds only then', async () => {
    const { watch, events } = watching()
    assert.equal(FakeRounds.made.length, 0)
    const result = await watch.check('check')
    assert.equal(result.verdict, 'healthy')
    assert.deepEqual(
      events.map(([name]) => name),
      ['check']
    )
    assert.equal(FakeRounds.made.length, 1)
  })

  it('waits for the round after the running one, which all who wait share', async () => {
    const { watch, fake } = watching()
    await watch.check('check')
    fake().hold = true
    const first = watch.check('check')
    await tick()
    const waiting = [watch.check('check'), watch.check('check'), watch.check('check')]
    fake().release()
    await first
    await tick()
    assert.equal(fake().reasons.length, 3)
    fake().release()
    const reports = await Promise.all(waiting)
    assert.equal(new Set(reports).size, 1)
    assert.notEqual(reports[0], await first)
    assert.equal(fake().reasons.length, 3)
  })

  it('makes a waiting round one that somebody waits for', async () => {
    const { watch, fake } = watching()
    await watch.check('check')
    fake().hold = true
    const first = watch.check('last-chance')
    await tick()
    const waiting = ['signal', 'check', 'last-chance'].map((reason) => watch.check(reason))
    fake().release()
    await first
    await tick()
    fake().release()
    await Promise.all(waiting)
    assert.deepEqual(fake().reasons, ['check', 'last-chance', 'check'])
  })

  it('is a skip, not a rejection, when no round can be made', async () => {
    const { watch, fake, events } = watching()
    await watch.check('check')
    fake().answer = () => {
      throw Object.assign(new Error('no thread'), { code: 'ERR_CAPTURE_OS' })
    }
    const result = await watch.check('check')
    assert.equal(result.verdict, 'skipped')
    assert.equal(result.skip.code, 'ERR_CAPTURE_OS')
    assert.deepEqual(events.at(-1), ['skip', result.skip])
  })

  it('is, for an error that seep did not foresee, a skip with a code of its own', async () => {
    const { watch, fake } = watching()
    await watch.check('check')
    for (const code of ['InvalidArg', 'ERR_INVALID_STATE', undefined]) {
      fake().answer = () => {
        throw Object.assign(new Error('unforeseen'), { code })
      }
      const { skip } = await watch.check('check')
      assert.deepEqual([skip.code, skip.message], ['ERR_INTERNAL', 'unforeseen'])
    }
  })

  it('is a skip after stop()', async () => {
    const { watch, events } = watching()
    await watch.stop()
    const result = await watch.check('check')
    assert.equal(result.skip.code, 'ERR_STOPPED')
    assert.deepEqual(events, [])
  })
})

describe('events', () => {
  it('come as the round ends: check with a verdict, skip without', async () => {
    const { watch, fake, events } = watching()
    const first = await watch.check('check')
    fake().answer = () => report('ERR_CAPTURE_TIMEOUT')
    const second = await watch.check('check')
    assert.deepEqual(events, [
      ['check', first],
      ['skip', second.skip]
    ])
  })

  it('pass leaks on', async () => {
    const { watch, fake, events } = watching()
    await watch.check('check')
    const leak = { id: 'abc', title: 'a Map grows' }
    fake().emit('leak', leak)
    assert.deepEqual(events.at(-1), ['leak', leak])
  })

  it('tell once that a leak has ended, before the check that shows it', async () => {
    const { watch, fake, events } = watching()
    const leak = leakReport()
    const names = () => events.splice(0).map(([name]) => name)
    fake()
    await watch.check('check')
    fake().emit('leak', leak)
    fake().answer = () => ({ ...report(), verdict: 'leak', leaks: [leak] })
    await watch.check('check')
    assert.deepEqual(names(), ['check', 'leak', 'check'])
    fake().answer = () => report('ERR_CAPTURE_TIMEOUT')
    await watch.check('check')
    assert.deepEqual(names(), ['skip'])
    const other = { ...leak, id: 'never emitted' }
    fake().answer = () => ({ ...report(), resolved: [other, leak] })
    await watch.check('check')
    assert.deepEqual(events[0], ['resolved', leak])
    assert.deepEqual(names(), ['resolved', 'check'])
    fake().answer = () => report()
    await watch.check('check')
    assert.deepEqual(names(), ['check'])
    assert.deepEqual([watch.status().leaks, watch.status().resolved], [1, 1])
  })

  it('reach every listener although one throws or rejects', async (t) => {
    const warnings = []
    t.mock.method(process, 'emitWarning', (message, { code }) => warnings.push({ message, code }))
    const { detector, watch, events } = watching()
    detector.prependListener('check', () => {
      throw new Error('my mistake')
    })
    detector.prependListener('check', () => Promise.reject(new Error('and mine')))
    await watch.check('check')
    await tick()
    assert.deepEqual(
      events.map(([name]) => name),
      ['check']
    )
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['SEEP_LISTENER_THREW', 'SEEP_LISTENER_THREW']
    )
    assert.match(warnings[0].message, /my mistake/)
    assert.match(warnings[1].message, /and mine/)
    assert.equal((await watch.check('check')).verdict, 'healthy')
  })

  it('end well whatever is thrown, by a listener or the logger', async (t) => {
    const warnings = []
    t.mock.method(process, 'emitWarning', (message) => warnings.push(message))
    const unshowable = {
      get message() {
        throw new Error('no message')
      }
    }
    const things = [Symbol('a symbol'), Object.create(null), unshowable, null, undefined]
    const logger = { warn() {}, info: async () => Promise.reject(new Error('log is full')) }
    const { detector, watch } = watching({ logger })
    detector.setMaxListeners(0)
    for (const thing of things) {
      detector.on('check', () => {
        throw thing
      })
      detector.on('check', () => Promise.reject(thing))
    }
    assert.equal((await watch.check('check')).verdict, 'healthy')
    await tick()
    assert.equal(warnings.length, 2 * things.length + 1)
    assert.ok(warnings.some((message) => message.includes('Symbol(a symbol)')))
    assert.ok(warnings.some((message) => message.includes('log is full')))
  })

  it('take a once listener away', async () => {
    const { detector, watch } = watching()
    let calls = 0
    detector.once('check', () => calls++)
    await watch.check('check')
    await watch.check('check')
    assert.equal(calls, 1)
  })

  it('never include error, which would throw without a listener', async () => {
    const { detector, watch, fake } = watching()
    await watch.check('check')
    fake().answer = () => report('ERR_INTERNAL')
    detector.on('error', () => assert.fail('emitted error'))
    await watch.check('check')
  })
})

/** What a reading says. */
function memoryNews(changes = {}) {
  return {
    account: { rssBytes: 1, tookMs: 0 },
    native: { kind: 'threads', title: 'grows' },
    nativeIsDue: false,
    exhaustion: { limit: 'group', leftMs: 1 },
    exhaustionIsDue: false,
    ...changes
  }
}

describe('readings of the memory', () => {
  it('are in the status, and emitted when they are due', async () => {
    const { watch, events, fake } = watching()
    await watch.check('check')
    events.length = 0
    const shown = () => {
      const { memory, native, exhaustion } = watch.status()
      return [memory, native, exhaustion]
    }
    assert.deepEqual(shown(), [null, null, null])
    const { account, native, exhaustion } = memoryNews()
    fake().emit('memory', memoryNews())
    assert.deepEqual(events, [])
    assert.deepEqual(shown(), [account, native, exhaustion])
    fake().emit('memory', memoryNews({ nativeIsDue: true }))
    fake().emit('memory', memoryNews({ exhaustionIsDue: true }))
    assert.deepEqual(events, [
      ['memory-growth', native],
      ['exhaustion', exhaustion]
    ])
  })

  it('are made while rounds are held back, as often as they are cheap', async () => {
    const { detector, watch, fake } = watching({ gate: 'growth' })
    watch.start()
    await once(detector, 'skip')
    await tick()
    let readings = 0
    const tookMs = [0, 0, 3_600_000]
    fake().read = () => {
      fake().emit('memory', memoryNews({ account: { tookMs: tookMs[readings] } }))
      readings += 1
      return true
    }
    while (readings < tookMs.length) await once(detector, 'skip')
    for (let round = 0; round < 3; round += 1) await once(detector, 'skip')
    assert.equal(readings, tookMs.length)
  })

  it('end where the system does not show the memory, and may fail', async () => {
    const { detector, watch, fake, events } = watching({ gate: 'growth' })
    watch.start()
    await once(detector, 'skip')
    await tick()
    let readings = 0
    fake().read = () => {
      readings += 1
      if (readings === 1) throw Object.assign(new Error('no thread'), { code: 'ERR_CAPTURE_OS' })
      return false
    }
    while (readings < 2) await once(detector, 'skip')
    for (let round = 0; round < 3; round += 1) await once(detector, 'skip')
    assert.equal(readings, 2)
    const codes = events.filter(([name]) => name === 'skip').map(([, { code }]) => code)
    assert.equal(codes.filter((code) => code === 'ERR_CAPTURE_OS').length, 1)
  })
})

describe('start()', () => {
  it('runs rounds by the interval, one after the other', async () => {
    const { detector, watch, fake } = watching({ gate: 'always' })
    watch.start()
    for (let i = 0; i < 3; i++) await once(detector, 'check')
    assert.deepEqual(fake().reasons, Array(3).fill('interval'))
  })

  it('twice is once', async () => {
    const { detector, watch, fake } = watching({ gate: 'always' })
    watch.start()
    watch.start()
    await once(detector, 'check')
    await watch.stop()
    assert.equal(fake().reasons.length, 1)
  })

  it('captures as often as a verdict takes once the process has started, then only if memory grew', async () => {
    const { detector, watch, fake } = watching({ minGrowthBytes: 2 ** 40 })
    watch.start()
    const [first] = await once(detector, 'skip')
    assert.deepEqual([first.code, first.message], ['GATE_CLOSED', 'the process is still starting'])
    assert.deepEqual(fake().reasons, [])
    const waits = async () => /has not grown/.test((await once(detector, 'skip'))[0].message)
    while (!(await waits()));
    assert.equal(fake().reasons.length, 4)
    assert.ok(watch.status().skips.GATE_CLOSED >= 2)
  })

  it('captures nothing of itself while warming up, and forgets what others captured', async () => {
    const { detector, watch } = watching({ gate: 'always', warmUpMs: 350 })
    watch.start()
    await watch.check('check')
    const [skip] = await once(detector, 'skip')
    assert.deepEqual(
      [skip.code, skip.message],
      ['GATE_CLOSED', 'the process is warming up (warmUpMs)']
    )
    const [first] = FakeRounds.made
    await once(detector, 'check')
    assert.equal(FakeRounds.made.length, 2)
    assert.deepEqual([first.reasons, first.stopped], [['check'], 1])
    assert.deepEqual(FakeRounds.made[1].reasons, ['interval'])
  })

  it('gives a sign of life in a log that has been silent for an hour', async (t) => {
    const lines = []
    const logger = { warn() {}, info: ({ event }, message) => lines.push([event, message]) }
    const { detector, watch } = watching({ logger, minGrowthBytes: 2 ** 40 })
    watch.start()
    const waits = async () => /has not grown/.test((await once(detector, 'skip'))[0].message)
    while (!(await waits()));
    const { now } = performance
    t.mock.method(performance, 'now', () => now.call(performance) + 3_600_000)
    await once(detector, 'skip')
    await once(detector, 'skip')
    const [[event, message], ...more] = lines.filter(([event]) => event !== 'check')
    assert.equal(event, 'watching')
    assert.match(message, /^seep: watching, 4 captures in 4 rounds, healthy at \d{4}-/)
    assert.deepEqual(more, [])
  })

  it('captures what is suspected again, at growing distances', async () => {
    const { detector, watch, fake } = watching({ minGrowthBytes: 2 ** 40 })
    watch.start()
    await once(detector, 'skip')
    const suspect = { ...report(), verdict: 'suspected', suspects: [leakReport()] }
    detector.once('check', () => {
      fake().answer = () => suspect
    })
    const waits = async () => /the next capture is/.test((await once(detector, 'skip'))[0].message)
    while (!(await waits()));
    assert.equal(fake().reasons.length, 4)
  })

  it('waits when captures have cost what a day may cost, failed ones too, and check() does not', async () => {
    const { detector, watch, fake, events } = watching({ maxDailyCpuMs: 1000, minChecks: 10 })
    await watch.check('check')
    fake().answer = () => {
      fake().emit('spent', 1100)
      return report('ERR_CAPTURE_NO_MEMORY')
    }
    watch.start()
    const [skip] = await once(detector, 'skip')
    assert.equal(skip.code, 'ERR_CAPTURE_NO_MEMORY')
    const [next] = await once(detector, 'skip')
    assert.equal(next.code, 'DAILY_BUDGET_SPENT')
    assert.deepEqual(fake().reasons, ['check', 'interval'])
    assert.ok(watch.status().cpuMsLeftToday < 0)
    assert.equal((await watch.check('check')).skip.code, 'ERR_CAPTURE_NO_MEMORY')
    assert.ok(events.length > 0)
  })

  it('after stop() does nothing', async () => {
    const { watch } = watching()
    await watch.stop()
    watch.start()
    assert.equal(watch.status().state, 'stopped')
  })
})

describe('stop()', () => {
  it('is emitted once, when nothing is left', async () => {
    const { detector, watch, fake } = watching()
    await watch.check('check')
    let told = 0
    const given = []
    detector.once('stop', (...args) => {
      told += fake().stopped
      given.push(...args)
    })
    await Promise.all([watch.stop(), watch.stop()])
    assert.equal(told, 1)
    assert.deepEqual(given, [])
    assert.equal(detector.listenerCount('stop'), 0)
  })

  it('ends the rounds once, and reports nothing afterwards', async () => {
    const { watch, fake, events } = watching({ gate: 'always' })
    watch.start()
    await watch.check('check')
    const rounds = fake()
    rounds.hold = true
    const pending = watch.check('check')
    await tick()
    await Promise.all([watch.stop(), watch.stop()])
    await pending
    assert.equal(rounds.stopped, 1)
    assert.equal(events.length, 1)
  })

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const { watch } = watching({ signal })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    watch.start()
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await watch.stop()
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('is not needed to leave a signal that outlives a forgotten detector', async () => {
    const { code, stdout, stderr } = await runNode([
      '--expose-gc',
      '-e',
      `const { getEventListeners } = require('node:events')
       const { LeakDetector } = require('seep')
       const { signal } = new AbortController()
       const listeners = () => getEventListeners(signal, 'abort').length
       async function main() {
         await new LeakDetector({ signal, maxPauseMs: 60_000 }).check()
         const before = listeners()
         for (let i = 0; i < 100 && listeners() > 0; i++) {
           gc()
           await new Promise((resolve) => setTimeout(resolve, 10))
         }
         console.log(before, listeners())
       }
       main()`
    ])
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '1 0\n' }, stderr)
  })

  it('is what an aborted signal does', async () => {
    const controller = new AbortController()
    const { watch } = watching({ signal: controller.signal })
    watch.start()
    controller.abort()
    assert.equal(watch.status().state, 'stopped')
    const late = watching({ signal: controller.signal })
    late.watch.start()
    assert.equal(late.watch.status().state, 'stopped')
  })

  it('is what an aborted signal does to a detector that was never started, too', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const { watch, fake } = watching({ signal })
    await watch.check('check')
    controller.abort()
    assert.equal(watch.status().state, 'stopped')
    assert.equal(fake().stopped, 1)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    assert.equal(watching({ signal }).watch.status().state, 'stopped')
    const late = watching({ signal })
    assert.equal((await late.watch.check('check')).skip.code, 'ERR_STOPPED')
    await assert.rejects(watching({ signal }).watch.writeSnapshot(), { code: 'ERR_STOPPED' })
  })
})

describe('status()', () => {
  it('is JSON-safe and counts', async () => {
    const { signal } = new AbortController()
    const { watch, fake } = watching({ signal, logger: { warn() {} } })
    await watch.check('check')
    fake().answer = () => report('ERR_CAPTURE_TIMEOUT')
    await watch.check('check')
    const status = watch.status()
    assert.deepEqual(JSON.parse(JSON.stringify(status)), status)
    assert.equal(status.rounds, 2)
    assert.equal(status.captures, 1)
    assert.deepEqual(status.skips, { ERR_CAPTURE_TIMEOUT: 1 })
    assert.equal(status.lastCheck.verdict, 'healthy')
    assert.equal(status.state, 'idle')
    assert.equal(status.options.intervalMs, 100)
    assert.equal(status.floorBytes, null)
  })

  it('sums up pauses and leaks, and knows the floor once started', async () => {
    const { watch, fake } = watching()
    watch.start()
    assert.ok(watch.status().floorBytes > 1_000_000)
    await watch.check('check')
    fake().answer = () => ({ ...report(), cost: { pauseMs: 2.5 } })
    fake().emit('leak', { id: 'a' })
    await watch.check('check')
    await watch.check('check')
    const { leaks, pauseMs } = watch.status()
    assert.deepEqual({ leaks, pauseMs }, { leaks: 1, pauseMs: 5 })
  })
})

describe('writeSnapshot()', () => {
  it('names the file as v8 does when no path is given, and makes its folder', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const { watch } = watching({ reportDir: path.join(folder, 'reports') })
    assert.match(
      await watch.writeSnapshot(),
      /[/\\]reports[/\\]Heap\.\d{8}\.\d{6}\.\d+\.0\.\d{3}\.heapsnapshot$/
    )
    assert.ok(fs.statSync(path.join(folder, 'reports')).isDirectory())
  })

  it('refuses what is not a path', async () => {
    const { watch } = watching()
    for (const path of [5, null]) {
      await assert.rejects(watch.writeSnapshot(path), { code: 'ERR_INVALID_ARG_TYPE' })
    }
    for (const path of ['', 'a\0b']) {
      await assert.rejects(watch.writeSnapshot(path), { code: 'ERR_INVALID_ARG_VALUE' })
    }
  })
})

describe('reportDir', () => {
  it('gets each leak as a file that only its owner may read', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const { ReportFolder } = require('../lib/report-folder')
    const reports = new ReportFolder(path.join(folder, 'deep', 'new'))
    reports.write({ id: 'abc', title: 'old' }, async () => 'old page')
    await reports.write({ id: 'abc', title: 'new' }, async () => 'new page')
    const read = (name) => fs.readFileSync(path.join(folder, 'deep', 'new', name), 'utf8')
    assert.equal(JSON.parse(read('seep-leak-abc.json')).title, 'new')
    assert.equal(read('seep-leak-abc.html'), 'new page')
    const names = fs.readdirSync(path.join(folder, 'deep', 'new')).sort()
    assert.deepEqual(names, ['seep-leak-abc.html', 'seep-leak-abc.json'])
    for (const name of process.platform === 'win32' ? [] : names) {
      const { mode } = fs.statSync(path.join(folder, 'deep', 'new', name))
      assert.equal(mode & 0o777, 0o600, name)
    }
  })

  it('keeps the newest of each leak only while the disk is slower than the rounds', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const { ReportFolder } = require('../lib/report-folder')
    const reports = new ReportFolder(folder)
    const made = []
    for (let round = 0; round < 20; round++) {
      for (const id of ['abc', 'def']) {
        reports.write({ id, round }, async () => {
          made.push(`${id} ${round}`)
          return ''
        })
      }
    }
    await reports.settled()
    assert.deepEqual(made, ['abc 19', 'def 19'])
    const { round } = JSON.parse(fs.readFileSync(path.join(folder, 'seep-leak-abc.json'), 'utf8'))
    assert.equal(round, 19)
  })

  it('has the whole report when stop() resolves', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const { watch, fake } = watching({ reportDir: folder })
    await watch.check('check')
    fake().emit('leak', leakReport({ id: 'abc' }))
    await watch.stop()
    assert.deepEqual(fs.readdirSync(folder).sort(), ['seep-leak-abc.html', 'seep-leak-abc.json'])
  })

  it('keeps no half file when it is written and where its writer was killed', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    t.mock.method(process, 'emitWarning', () => {})
    const { ReportFolder } = require('../lib/report-folder')
    // What cannot be replaced.
    fs.mkdirSync(path.join(folder, 'seep-leak-abc.json'))
    fs.mkdirSync(path.join(folder, 'seep-leak-abc.html'))
    const long = new Date(Date.now() - 2 * 60 * 60_000)
    for (const name of ['.seep-1-0.tmp', '.seep-2-0.tmp', '.other-1.tmp', 'seep-leak-x.json']) {
      fs.writeFileSync(path.join(folder, name), 'half')
      if (name !== '.seep-2-0.tmp') fs.utimesSync(path.join(folder, name), long, long)
    }
    await new ReportFolder(folder).write({ id: 'abc' }, async () => 'page')
    const { watch } = watching({ reportDir: folder })
    watch.start()
    await watch.stop()
    assert.deepEqual(fs.readdirSync(folder).sort(), [
      '.other-1.tmp',
      '.seep-2-0.tmp',
      'seep-leak-abc.html',
      'seep-leak-abc.json',
      'seep-leak-x.json'
    ])
  })

  it('is cleaned of all that was left, though another process removes some of it meanwhile', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const long = new Date(Date.now() - 2 * 60 * 60_000)
    for (const name of ['.seep-1.tmp', '.seep-2.tmp', '.seep-3.tmp']) {
      fs.writeFileSync(path.join(folder, name), 'half')
      fs.utimesSync(path.join(folder, name), long, long)
    }
    const { lstat } = fs.promises
    t.mock.method(fs.promises, 'lstat', (file) => {
      if (fs.promises.lstat.mock.callCount() === 0) fs.rmSync(file)
      return lstat(file)
    })
    const { ReportFolder } = require('../lib/report-folder')
    await new ReportFolder(folder).clean()
    assert.deepEqual(fs.readdirSync(folder), [])
  })

  it('that cannot be written is one warning', async (t) => {
    const warnings = []
    t.mock.method(process, 'emitWarning', (_message, { code }) => warnings.push(code))
    const { ReportFolder } = require('../lib/report-folder')
    const reports = new ReportFolder(`${__filename}/folder`)
    await reports.write({ id: 'abc' }, async () => '')
    await reports.write({ id: 'def' }, async () => '')
    assert.deepEqual(warnings, ['SEEP_REPORT_NOT_WRITTEN'])
  })

  it('that cannot be used causes a warning at the start, and one that does not exist yet does not', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const warnings = []
    t.mock.method(process, 'emitWarning', (_message, { code }) => warnings.push(code))
    const { ReportFolder } = require('../lib/report-folder')
    const warningsFor = async (reportDir) => {
      await new ReportFolder(reportDir).probe()
      return warnings.splice(0)
    }
    assert.deepEqual(await warningsFor(path.join(folder, 'deep', 'new')), [])
    assert.deepEqual(fs.readdirSync(folder), [])
    for (const bad of [__filename, path.join(__filename, 'folder', 'deep')]) {
      assert.deepEqual(await warningsFor(bad), ['SEEP_REPORT_NOT_WRITTEN'])
    }
    const { watch } = watching({ reportDir: __filename })
    const warned = new Promise((resolve) => process.emitWarning.mock.mockImplementation(resolve))
    watch.start()
    assert.match(await warned, /is not a folder/)
    await watch.stop()
  })

  it('that is refused as if the folder above were missing is a warning, not an endless try', {
    skip: process.platform !== 'linux'
  }, async (t) => {
    const warnings = []
    t.mock.method(process, 'emitWarning', (_message, { code }) => warnings.push(code))
    const { ReportFolder } = require('../lib/report-folder')
    await new ReportFolder('/proc/seep/reports').write({ id: 'abc' }, async () => '')
    assert.deepEqual(warnings, ['SEEP_REPORT_NOT_WRITTEN'])
  })
})
