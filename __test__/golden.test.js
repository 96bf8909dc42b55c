'use strict'

/** What people read, whole: reports, logs, tables, the page and the help, as they were when somebody last read them. */

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { Registry } = require('prom-client')
const { compareFiles } = require('seep')
const { instrument } = require('seep/opentelemetry')
const { registerMetrics } = require('seep/prometheus')
const help = require('../lib/cli/help')
const runReports = require('../lib/cli/run-reports')
const { describeLeak } = require('../lib/describe')
const { whyClosed } = require('../lib/held-back')
const inert = require('../lib/inert')
const { logWith } = require('../lib/log')
const { resolveOptions } = require('../lib/options')
const { pageDocument } = require('../lib/page/document')
const { pageState } = require('../lib/page/state')
const { leakMarkdown } = require('../lib/page/view/markdown')
const { verdictView } = require('../lib/page/view/verdict')
const { Watch } = require('../lib/watch')
const { PROGRAMS, drawSeries } = require('./support/drawn-programs')
const { assertGolden, difference, textOfPage } = require('./support/golden')
const { ScriptedDetector } = require('./support/page')
const { ROOT, runNode } = require('./support/program')
const { AT, checkReport } = require('./support/reports')

const steps = (from, by, length) => Array.from({ length }, (_, i) => from + by * i)

/** How much each program piles up. */
const SERIES = {
  callbacks: steps(40, 20, 5),
  frames: steps(1, 1, 5),
  lines: steps(40, 20, 5),
  listeners: steps(40, 20, 5),
  promises: steps(200, 100, 5),
  revisions: steps(200, 100, 5),
  scattered: steps(10, 10, 14),
  sessions: steps(100, 100, 5),
  timers: steps(40, 20, 5)
}

let folder
before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-golden-'))
})
after(() => fs.rmSync(folder, { recursive: true }))

const seep = (...args) => runNode(['bin/seep.js', ...args])
const drawn = (program, counts = SERIES[program]) => drawSeries(folder, program, counts)
const json = (value) => JSON.stringify(value, null, 2)

describe('a report', () => {
  it('as JSON', async () => {
    assertGolden('check-report.json', json(await compareFiles(drawn('sessions'))))
  })

  it('as text, of each kind of leak', async () => {
    assert.deepEqual(Object.keys(SERIES), Object.keys(PROGRAMS))
    const texts = []
    for (const program of Object.keys(SERIES)) {
      const { leaks } = await compareFiles(drawn(program))
      assert.equal(leaks.length, 1, program)
      const [{ evidence, ...leak }] = leaks
      const reasons = [
        ...evidence.for.map((it) => `+ ${it}`),
        ...evidence.against.map((it) => `- ${it}`)
      ]
      texts.push([`=== ${program}`, describeLeak(leak), '', ...reasons].join('\n'))
    }
    assertGolden('leaks.txt', texts.join('\n\n'))
  })

  it('as Markdown', async () => {
    const [leak] = (await compareFiles(drawn('listeners'))).leaks
    assertGolden('leak.md', leakMarkdown(leak))
  })
})

/** What a life of a detector comes to, round by round. */
async function lifeRounds() {
  const files = drawn('sessions', [100, 140, 180, 220, 260, 300, 300, 300, 300])
  const { cost, memory } = checkReport()
  const judged = async (count) => ({
    ...(await compareFiles(files.slice(0, count), { minGrowthBytes: 160_000 })),
    cost,
    memory
  })
  const skipped = (code, message) => inert.skippedReport({ code, message, at: AT })
  return [
    checkReport({ verdict: 'insufficient-data' }),
    await judged(3),
    await judged(4),
    skipped('GATE_CLOSED', whyClosed({ reason: 'suspect', windows: 3 }, null)),
    await judged(6),
    skipped(
      'ERR_CAPTURE_NO_MEMORY',
      'the capture was ended: it had used 61 MiB of its budget of 60 MiB, and 40 MiB of memory were free'
    ),
    await judged(files.length)
  ]
}

/** What is written to stderr while `work` runs. */
async function writtenBy(t, work) {
  const written = []
  t.mock.method(process.stderr, 'write', (text) => written.push(text) > 0)
  await work()
  t.mock.restoreAll()
  return written.join('')
}

/** What a detector that lives through `rounds` writes to stderr. */
function lived(t, rounds, logger) {
  const left = [...rounds]
  const makeRounds = (_options, emit) => ({
    ways: null,
    async check() {
      const report = left.shift()
      for (const leak of report.leaks) emit('leak', leak)
      if (report.skip === null) emit('check', report)
      else emit('skip', report.skip)
      return report
    },
    async stop() {}
  })
  return writtenBy(t, async () => {
    const watch = new Watch(new EventEmitter(), resolveOptions({ logger }), makeRounds)
    for (const _ of rounds) await watch.check('check')
    const log = logWith(logger)
    log('watching', { ...watch.status(), captures: 1, rounds: 1, lastCheck: null })
    log('watching', watch.status())
    log('socket', { problem: 'there is no socket: /run/user/1000/seep belongs to another user' })
    await watch.stop()
  })
}

describe('a log of one life', () => {
  it('as text', async (t) => {
    assertGolden('log-pretty.txt', await lived(t, await lifeRounds(), 'pretty'))
  })

  it('as JSON', async (t) => {
    const lines = (await lived(t, await lifeRounds(), 'json')).trimEnd().split('\n')
    // Reports have a golden of their own.
    const brief = lines.map((line) => {
      const { event, [event]: report, ...rest } = JSON.parse(line)
      return JSON.stringify({ ...rest, event, [event]: Object.keys(report) })
    })
    assertGolden('log-json.txt', brief.join('\n'))
  })
})

/** A detector that has seen two programs leak, and a page state of it in which nothing differs from run to run. */
async function seenDetector() {
  const detector = new ScriptedDetector()
  detector.sees(checkReport({ at: '2026-03-01T09:58:00.000Z', verdict: 'insufficient-data' }))
  detector.skipped({ code: 'GATE_CLOSED', message: whyClosed({ reason: 'growth' }, null), at: AT })
  const { cost, memory } = checkReport()
  const reports = []
  for (const program of ['sessions', 'frames']) reports.push(await compareFiles(drawn(program)))
  const [report, other] = reports
  const small = await compareFiles(drawn('lines'), { minGrowthBytes: 400_000 })
  const leaks = [...report.leaks, ...other.leaks]
  const suspects = small.suspects
  assert.equal(suspects.length, 1)
  detector.sees({ ...report, leaks, suspects, cost, memory })
  const state = pageState(detector.status(), detector.history)
  const shown = {
    pid: 4711,
    host: 'shop-1',
    node: '22.0.0',
    platform: 'linux x64',
    startedAt: '2026-03-01T09:00:00.000Z'
  }
  const recent = { at: [Date.parse(AT)], floorBytes: [9e6], heapUsedBytes: [1e7] }
  const samples = { ...recent, externalBytes: [1500], rssBytes: [65_777_664] }
  const sampled = { stepMs: 5000, recent: samples, whole: samples }
  return { detector, state: { ...state, at: AT, process: shown, memory: sampled } }
}

describe('the page', () => {
  it('of a detector', async () => {
    const { state } = await seenDetector()
    const { text } = await pageDocument(state, { isLive: true, allowCheck: true, name: 'shop' })
    assertGolden('page.txt', textOfPage(text))
  })

  it('of each verdict', async () => {
    const files = drawn('frames')
    const { leaks } = await compareFiles(files)
    const native = {
      counter: 'external',
      title: 'Memory outside the JavaScript heap grows by 1.2 MB/h',
      bytes: [1e6, 2e6, 3e6, 4e6],
      checks: 3,
      bytesPerHour: 1.2e6,
      advice: 'Look for native objects that are not closed.'
    }
    const skip = { code: 'ERR_CAPTURE_TIMEOUT', message: 'nothing arrived for too long', at: AT }
    const checks = {
      ...{ leak: { leaks }, suspected: { suspects: leaks }, healthy: {}, skipped: { skip } },
      ...{ 'native-growth': { native }, 'insufficient-data': {} }
    }
    const status = { ...new ScriptedDetector().status(), captures: 2, skips: { GATE_CLOSED: 1 } }
    const state = { status, check: null, rounds: [], memory: null, at: AT }
    const states = {
      disabled: { status: { ...status, enabled: false, disabledReason: 'SEEP_ENABLED is 0' } },
      idle: { status: { ...status, state: 'idle' } },
      'no check yet': {},
      ...Object.fromEntries(
        Object.entries(checks).map(([verdict, changes]) => [
          verdict,
          { check: checkReport({ verdict, ...changes }) }
        ])
      ),
      stopped: { status: { ...status, state: 'stopped' }, check: checkReport() }
    }
    const texts = Object.entries(states).map(([name, changes]) => {
      const shown = String(verdictView({ ...state, ...changes }))
      return `=== ${name}\n${textOfPage(`<title></title><body>${shown}</body>`)}`
    })
    assertGolden('page-verdicts.txt', texts.join('\n\n'))
  })

  it('of a comparison', async () => {
    const file = path.join(folder, 'report.html')
    const { code } = await seep('compare', '--html', file, ...drawn('timers'))
    assert.equal(code, 0)
    const text = textOfPage(fs.readFileSync(file, 'utf8'))
    assertGolden('page-compare.txt', text)
  })
})

describe('a round that is held back', () => {
  it('says why', () => {
    const plans = [
      [{ reason: 'start-up' }, null],
      [{ reason: 'day' }, null],
      [{ reason: 'suspect', windows: 1 }, null],
      [{ reason: 'suspect', windows: 7 }, null],
      [{ reason: 'growth' }, null],
      ...['heap', 'arrayBuffers', 'external', 'resident'].map((signal) => [
        { reason: 'growth' },
        { signal, bytes: 1_234_567 }
      ])
    ]
    assertGolden('held-back.txt', plans.map((plan) => whyClosed(...plan)).join('\n'))
  })
})

describe('seep run', () => {
  it('says at its end what leaked, and what could not be judged', async (t) => {
    const { showClean, showGrowing, showLeaks, showNotJudged } = runReports
    const reports = []
    for (const program of ['frames', 'timers']) reports.push(await compareFiles(drawn(program)))
    const leaks = reports.flatMap((report) => report.leaks)
    const text = await writtenBy(t, () => {
      showLeaks(leaks.slice(0, 1))
      showLeaks(leaks)
      showNotJudged(false, [])
      showNotJudged(true, ['ERR_CAPTURE_TIMEOUT: nothing arrived for too long'])
      showGrowing(leaks.map(({ title }) => title))
      showClean(1, 1)
      showClean(3, 3)
      showClean(1, 3)
    })
    assertGolden('run.txt', text)
  })
})

describe('seep compare', () => {
  it('as text', async () => {
    const runs = []
    for (const [program, counts] of [
      ['sessions', SERIES.sessions],
      ['frames', [1, 2]],
      ['lines', [40, 40, 40]]
    ]) {
      const { code, stdout, stderr } = await seep('compare', ...drawn(program, counts))
      runs.push(`=== ${program} ${counts.join(', ')}: exit code ${code}\n${stdout}${stderr}`)
    }
    assertGolden('compare.txt', runs.join('\n'))
  })
})

describe('seep analyze', () => {
  it('of a drawn heap, with all that can be asked for', async () => {
    const [file] = drawn('sessions', [3])
    const { code, stdout, stderr } = await seep(
      ...['analyze', '--class', 'Session', '--ids', '41,43', '--path', '41', file]
    )
    assertGolden('analyze.txt', `${stdout}${stderr}exit code ${code}`)
  })

  it('of a heap of Node', async () => {
    const { stdout } = await seep('analyze', 'fixtures/node22.heapsnapshot.gz', '--class', 'User')
    assertGolden('analyze-node22.txt', stdout)
  })

  it('as JSON', async () => {
    const [file] = drawn('frames', [1])
    const { stdout } = await seep('analyze', '--json', file)
    assertGolden('analyze.json', json(JSON.parse(stdout)))
  })
})

describe('the command line', () => {
  it('says what it can do', async () => {
    const texts = []
    for (const args of [
      ['--help'],
      ...Object.keys(help.COMMANDS).map((name) => [name, '--help'])
    ]) {
      const { code, stdout } = await seep(...args)
      assert.equal(code, 0)
      texts.push(`=== seep ${args.join(' ')}\n${stdout}`)
    }
    assertGolden('help.txt', texts.join('\n'))
  })

  it('says what was wrong', async () => {
    const [one] = drawn('frames', [1])
    const broken = path.join(folder, 'broken.heapsnapshot')
    fs.writeFileSync(broken, fs.readFileSync(one, 'utf8').slice(0, -200))
    const texts = []
    for (const args of [
      ['comprae'],
      ['--hlep'],
      ['run'],
      ['run', '--jsn', '--', 'node'],
      ['analyze'],
      ['analyze', '--path', 'Session', one],
      ['analyze', '--path', '4711', '--class', 'Sesion', one],
      ['analyze', path.join(folder, 'none.heapsnapshot')],
      ['analyze', broken],
      ['compare', one],
      ['compare', one, one],
      ['leaks'],
      ['check', 'app.js'],
      ['snapshot', '4711'],
      ['ps', '--all'],
      ['top', '1', '2']
    ]) {
      const { code, stderr } = await seep(...args)
      texts.push(`$ seep ${args.join(' ')}\n${stderr}exit code ${code}\n`)
    }
    assertGolden('usage.txt', texts.join('\n'))
  })
})

describe('metrics', () => {
  it('of Prometheus', async () => {
    const { detector } = await seenDetector()
    const registry = new Registry()
    registerMetrics(Object.assign(new EventEmitter(), surfaceOf(detector)), registry)
    assertGolden('prometheus.txt', await registry.metrics())
  })

  it('of OpenTelemetry', async () => {
    const { detector } = await seenDetector()
    const lines = []
    const create =
      (kind) =>
      (name, { unit, description }) => {
        lines.push(`${kind} ${name} (${unit}): ${description}`)
        return name
      }
    let read
    const meter = {
      createObservableCounter: create('counter'),
      createObservableGauge: create('gauge'),
      createObservableUpDownCounter: create('up-down counter'),
      addBatchObservableCallback: (callback) => (read = callback),
      removeBatchObservableCallback() {}
    }
    const surface = Object.assign(new EventEmitter(), surfaceOf(detector))
    const end = instrument(surface, {
      meterProvider: { getMeter: () => meter },
      loggerProvider: { getLogger: () => ({ emit: (record) => lines.push(json(record)) }) }
    })
    const observe = (name, value, attributes) => {
      // V8's spaces are its own.
      if (name.startsWith('seep.')) lines.push(`${name} ${value} ${JSON.stringify(attributes)}`)
    }
    read({ observe })
    surface.emit('leak', detector.status().lastCheck.leaks[0])
    end()
    assertGolden('opentelemetry.txt', lines.join('\n'))
  })
})

/** What metrics ask of a detector. */
function surfaceOf(detector) {
  return { enabled: true, status: () => ({ ...detector.status(), floorBytes: 9e6, resolved: 1 }) }
}

describe('a golden file that no longer holds', () => {
  it('shows what differs, and some lines around', () => {
    const [old, now] = ['a\nb\nc\nd\ne\nf\ng', 'a\nb\nc\nd\nE\nf\ng'].map((text) => `0\n${text}`)
    assert.equal(difference(old, now), ' c\n d\n-e\n+E\n f\n g')
    const isUpdate = false
    assert.throws(() => assertGolden('no such file.txt', 'new', isUpdate), {
      message: /SEEP_UPDATE_GOLDEN=1.*\n-?\n?\+new/
    })
  })

  it('is there for each comparison, and none is left over', () => {
    const source = fs.readFileSync(__filename, 'utf8')
    const compared = [...source.matchAll(/assertGolden\('([\w.-]+)'/g)].map(([, name]) => name)
    const files = fs.readdirSync(path.join(ROOT, '__test__', 'golden'))
    assert.deepEqual(files.sort(), [...new Set(compared)].sort())
  })
})
