'use strict'

/** SEEP_ENABLED=0: everything is inert, whatever the code says. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { evaluate, runNode } = require('./support/program')

const OFF = { env: { SEEP_ENABLED: '0', SEEP_SIGNAL: 'SIGUSR2' } }

describe('SEEP_ENABLED=0', () => {
  it('loads nothing native and takes no timer, listener or thread', async () => {
    const { value } = await evaluate(
      `const fs = require('node:fs')
       const threads = () => process.platform === 'linux' ? fs.readdirSync('/proc/self/task').length : 0
       const state = () => ({
         threads: threads(),
         listeners: process.eventNames().map(String).sort(),
         resources: process.getActiveResourcesInfo(),
       })
       const before = state()
       const { LeakDetector, start } = require('seep')
       const controller = new AbortController()
       const detector = start({ intervalMs: 1000, signal: controller.signal })
       const other = new LeakDetector().start()
       const after = state()
       const { basename } = require('node:path')
       const loaded = Object.keys(require.cache).map((name) => basename(name)).sort()
       console.log(JSON.stringify({ before, after, loaded, enabled: detector.enabled, reason: other.disabledReason }))`,
      OFF
    )
    assert.deepEqual(value.after, value.before)
    // What it takes to know that it is off: loading is all that it costs.
    assert.deepEqual(value.loaded, [
      'availability.js',
      'environment.js',
      'index.js',
      'source.js',
      'work-clock.js'
    ])
    assert.equal(value.enabled, false)
    assert.match(value.reason, /SEEP_ENABLED/)
  })

  it('answers every call without doing anything', async () => {
    const { value, stderr } = await evaluate(
      `const { LeakDetector } = require('seep')
       const detector = new LeakDetector()
       let events = 0
       for (const name of ['leak', 'check', 'skip']) detector.on(name, () => { events += 1 })
       async function main() {
         const same = detector.start() === detector
         const report = await detector.check()
         const refusal = await detector.writeSnapshot().catch(({ code }) => code)
         const status = detector.status()
         const memory = await detector.memory()
         await detector.stop()
         await detector[Symbol.asyncDispose]()
         console.log(JSON.stringify({ same, report, refusal, status, memory, events }))
       }
       main()`,
      OFF
    )
    assert.equal(stderr, '')
    assert.equal(value.same, true)
    assert.equal(value.report.verdict, 'skipped')
    assert.equal(value.report.skip.code, 'ERR_DISABLED')
    assert.ok(value.report.memory.rssBytes > 0)
    assert.equal(value.refusal, 'ERR_DISABLED')
    assert.equal(value.status.state, 'disabled')
    assert.equal(value.memory, null)
    assert.equal(value.events, 0)
  })

  it('does not even look at the options', async () => {
    const { value } = await evaluate(
      `const { LeakDetector } = require('seep')
       console.log(JSON.stringify(new LeakDetector({ intervalMs: 'often', typo: 1 }).enabled))`,
      OFF
    )
    assert.equal(value, false)
  })

  it('holds for seep/register too', async () => {
    const { code, stdout, stderr } = await runNode(
      ['--require', 'seep/register', '-p', 'process.getActiveResourcesInfo().length'],
      OFF
    )
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '0\n', stderr: '' })
  })
})

describe('a native part that cannot be loaded', () => {
  it('disables the detector, with one warning and a reason', async () => {
    const { value, stderr } = await evaluate(
      `const Module = require('node:module')
       const load = Module._load
       Module._load = (name, ...rest) => {
         if (name.endsWith('binding') || name.endsWith('binding.js')) throw new Error('wrong ELF class')
         return load(name, ...rest)
       }
       const { LeakDetector } = require('seep')
       const detectors = [new LeakDetector().start(), new LeakDetector().start()]
       console.log(JSON.stringify(detectors.map(({ enabled, disabledReason }) => ({ enabled, disabledReason }))))`
    )
    assert.equal(stderr.match(/SEEP_NOT_LOADED/g)?.length, 1, stderr)
    for (const { enabled, disabledReason } of value) {
      assert.equal(enabled, false)
      assert.match(disabledReason, /wrong ELF class/)
    }
  })
})
