'use strict'

/** A patch of V8 that no test has run on: walked once a comparison with V8's snapshot has agreed, and not before. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')
const binding = require('../binding')
const { runtimeVersions } = require('../lib/runtime')
const { makeProbes } = require('../lib/walk-probes')
const { lacking } = require('./support/lacking')
const { runNode } = require('./support/program')

const PRETEND = path.join(__dirname, 'support', 'unknown-patch.js')
const isHere = process.platform === 'linux' && process.arch === 'x64'
const refused = isHere
  ? lacking(binding.walkRefusal(JSON.stringify(runtimeVersions()), makeProbes(), '') ?? false)
  : 'elsewhere'

/** What the programs below begin with: how many Workers have been made, and what of the process is left. */
const PRELUDE = `
  const { readdirSync } = require('node:fs')
  const { LeakDetector } = require('seep')
  let workers = 0
  process.on('worker', () => { workers += 1 })
  const detector = new LeakDetector({ logger: false, maxPauseMs: 600000 })
  const threads = () => readdirSync('/proc/self/task').length
  const print = (value) => console.log(JSON.stringify(value))
`

/** Runs a program with the patch unknown, or as it is; what it printed, which is all that was printed. */
async function run(source, { flags = [], env = {}, pretend = true } = {}) {
  const all = [...flags, ...(pretend ? ['--require', PRETEND] : []), '-e', PRELUDE + source]
  const { code, signal, stdout, stderr } = await runNode(['--no-warnings', ...all], { env })
  assert.deepEqual([code, signal, stderr], [0, null, ''])
  return stdout === '' ? null : JSON.parse(stdout)
}

const CHECK = `
  detector.check().then(async ({ cost, skip }) => {
    const { capture } = detector.status()
    await detector.stop()
    print({ skip, way: cost?.capture, notWalked: cost?.notWalked, capture, workers })
  })`

const NEVER = { skip: refused }

describe('an untested patch of V8', NEVER, () => {
  it('is walked from the first round on, and status() says so', async () => {
    assert.deepEqual(await run(CHECK), {
      skip: null,
      way: 'walk',
      notWalked: null,
      capture: { way: 'walk', notWalked: null, walks: 1, failedWalks: 0, walksAreOff: false },
      workers: 1
    })
  })

  it('costs a tested one nothing', async () => {
    const { way, workers } = await run(CHECK, { pretend: false })
    assert.deepEqual({ way, workers }, { way: 'walk', workers: 0 })
  })

  it('is compared once for all detectors, and nothing of it is left', async () => {
    const { ways, made, left } = await run(`
      const other = new LeakDetector({ logger: false })
      const before = threads()
      Promise.all([detector.check(), other.check()]).then(async (reports) => {
        const third = await other.check()
        await Promise.all([detector.stop(), other.stop()])
        const ways = [...reports, third].map(({ cost, skip }) => cost?.capture ?? skip)
        print({ ways, made: workers, left: threads() - before })
      })`)
    assert.deepEqual({ ways, made }, { ways: ['walk', 'walk', 'walk'], made: 1 })
    assert.ok(left <= 0, `${left} threads`)
  })

  it('is compared for a detector in a Worker too', async () => {
    const way = await run(`
      const { Worker } = require('node:worker_threads')
      const source = \`
        const { LeakDetector } = require('seep')
        const detector = new LeakDetector({ logger: false })
        detector.check().then(async ({ cost, skip }) => {
          await detector.stop()
          require('node:worker_threads').parentPort.postMessage(cost?.capture ?? skip)
        })\`
      new Worker(source, { eval: true }).on('message', print)`)
    assert.equal(way, 'walk')
  })

  it('is compared without what the program preloads', async () => {
    const loud = "data:text/javascript,console.log('preloaded');console.error('preloaded')"
    const source = `process.removeAllListeners('worker'); ${CHECK}`
    const flags = ['--import', loud]
    const { code, stdout, stderr } = await runNode([
      ...['--no-warnings', ...flags, '--require', PRETEND, '-e', PRELUDE + source]
    ])
    assert.equal(code, 0)
    assert.equal(stderr, 'preloaded\n')
    const [first, report, ...rest] = stdout.trim().split('\n')
    assert.deepEqual([first, rest], ['preloaded', []])
    // Whatever became of the walk itself.
    assert.doesNotMatch(JSON.parse(report).notWalked ?? '', /has not been tested/)
  })

  it('is left to V8 where a Worker cannot be had', async () => {
    const { way, notWalked, capture } = await run(`
      require('node:worker_threads').Worker = class { constructor() { throw new Error('no Worker here') } }
      ${CHECK}`)
    assert.equal(way, 'fork')
    assert.match(notWalked, /has not been tested, and it could not be compared .+: no Worker here$/)
    assert.deepEqual([capture.way, capture.notWalked], ['fork', notWalked])
  })

  it('is left to V8 where no Worker is permitted', async () => {
    const flag = process.versions.node.startsWith('20.')
      ? '--experimental-permission'
      : '--permission'
    const flags = [flag, '--allow-fs-read=*', '--allow-addons']
    const { way, notWalked, workers } = await run(CHECK, { flags })
    assert.deepEqual({ way, workers }, { way: 'fork', workers: 0 })
    assert.match(notWalked, /--allow-worker$/)
  })

  it('may end with the program in mid-comparison', async () => {
    const source = `
      process.on('worker', (worker) => worker.once('online', () => setTimeout(() => process.exit(0), AFTER)))
      detector.check()`
    for (const after of ['0', '50', '150']) {
      assert.equal(await run(source.replace('AFTER', after)), null)
    }
  })

  it('does not keep the program alive', async () => {
    assert.equal(
      await run(`new LeakDetector({ intervalMs: 1000, gate: 'always', logger: false }).start()`),
      null
    )
  })

  it('is compared anew when its only detector is stopped in mid-comparison', async () => {
    const { skips, left, way } = await run(`
      const before = threads()
      async function main() {
        const round = detector.check()
        await new Promise((resolve) => process.once('worker', (worker) => worker.once('online', resolve)))
        await detector.stop()
        const left = threads() - before
        const next = new LeakDetector({ logger: false })
        const { cost } = await next.check()
        await next.stop()
        print({ skips: (await round).skip.code, left, way: cost.capture })
      }
      main()`)
    assert.deepEqual({ skips, way }, { skips: 'ERR_STOPPED', way: 'walk' })
    assert.ok(left <= 0, `${left} threads`)
  })
})

it('an unknown minor is never compared', NEVER, async () => {
  const { notWalked, workers } = await run(
    `require(${JSON.stringify(path.join(__dirname, '..', 'lib', 'runtime'))}).runtimeVersions = () => ({ v8: '13.7.1.0' })
     ${CHECK}`,
    { pretend: false }
  )
  assert.deepEqual({ notWalked, workers }, { notWalked: 'V8 13.7.1.0 is not known', workers: 0 })
})
