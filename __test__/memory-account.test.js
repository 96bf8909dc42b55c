'use strict'

/** `memory()` and the readings of a detector. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { after, before, describe, it } = require('node:test')
const { LeakDetector } = require('seep')
const { LoopFigures } = require('../lib/loop-figures')
const { evaluate } = require('./support/program')

const isLinux = process.platform === 'linux'

/** The sum of the parts; those that are not known are in other parts. */
function sumOf(parts) {
  return Object.values(parts).reduce((sum, bytes) => sum + (bytes ?? 0), 0)
}

describe('memory()', { skip: !isLinux && 'only Linux shows it' }, () => {
  it('adds up before start(), and says nothing after stop()', async () => {
    const detector = new LeakDetector()
    const account = await detector.memory()
    assert.equal(account.schemaVersion, 1)
    assert.equal(sumOf(account.parts), account.rssBytes)
    assert.ok(account.parts.heapBytes > 0)
    assert.ok(account.spaces.some(({ name, usedBytes }) => name === 'old_space' && usedBytes > 0))
    assert.ok(account.threads.some(({ name, count }) => name === 'seep' && count === 1))
    assert.deepEqual(detector.status().memory, null, 'it is not one of the detector itself')
    await detector.stop()
    assert.equal(await detector.memory(), null)
  })

  it('is answered when the detector is stopped meanwhile, or aborted before', async () => {
    const detector = new LeakDetector()
    const [account] = await Promise.all([detector.memory(), detector.stop()])
    assert.equal(sumOf(account.parts), account.rssBytes)
    const aborted = new LeakDetector({ signal: AbortSignal.abort() })
    assert.equal(await aborted.memory(), null)
  })

  it('is of the process, and of the thread that asks where Node counts by thread', async () => {
    const read = `
      const { LeakDetector } = require('seep')
      const detectors = [new LeakDetector(), new LeakDetector()]
      const read = () => Promise.all(detectors.map((detector) => detector.memory()))`
    const inWorker = `${read}
      read().then((accounts) => require('node:worker_threads').parentPort.postMessage(accounts))`
    const { value } = await evaluate(
      `${read}
       const kept = Buffer.alloc(64 << 20, 1)
       const { Worker } = require('node:worker_threads')
       new Worker(${JSON.stringify(inWorker)}, { eval: true }).once('message', async (worker) => {
         console.log(JSON.stringify({ worker, main: await read(), kept: kept.length }))
       })`
    )
    for (const account of [...value.main, ...value.worker]) {
      assert.equal(sumOf(account.parts), account.rssBytes)
      assert.ok(account.rssBytes > 64 << 20)
    }
    assert.ok(value.main.every(({ external }) => external.arrayBuffersBytes >= 64 << 20))
    assert.ok(value.worker.every(({ external }) => external.arrayBuffersBytes < 64 << 20))
  })

  it('keeps the process alive until it is answered, and no longer', async () => {
    const { value } = await evaluate(
      `const { LeakDetector } = require('seep')
       new LeakDetector().memory().then(({ rssBytes }) => console.log(JSON.stringify({ rssBytes })))`
    )
    assert.ok(value.rssBytes > 0)
  })
})

describe('a detector', { skip: !isLinux && 'only Linux shows the memory' }, () => {
  // The schedule's timer does not keep a process alive; this does.
  let alive
  before(() => {
    alive = setInterval(() => {}, 60_000)
  })
  after(() => clearInterval(alive))

  it('reads the memory while the gate holds a round back', async () => {
    const detector = new LeakDetector({ intervalMs: 100, socket: false })
    detector.start()
    try {
      let captures = 0
      let times = new Set()
      while (times.size < 3) {
        const [{ code }] = await once(detector, 'skip')
        assert.equal(code, 'GATE_CLOSED')
        const status = detector.status()
        // Those of rounds do not count.
        if (status.captures !== captures) times = new Set()
        captures = status.captures
        if (status.memory !== null) times.add(status.memory.at)
      }
      const { memory } = detector.status()
      assert.equal(sumOf(memory.parts), memory.rssBytes)
    } finally {
      await detector.stop()
    }
  })

  it('reads none during the warm-up', async () => {
    const detector = new LeakDetector({ intervalMs: 100, warmUpMs: 3_600_000 }).start()
    try {
      for (let round = 0; round < 3; round += 1) await once(detector, 'skip')
      assert.equal(detector.status().memory, null)
    } finally {
      await detector.stop()
    }
  })

  it('reads it at a round, also at one without a snapshot', async () => {
    for (const options of [{}, { capture: 'inline', maxPauseMs: 1 }]) {
      const detector = new LeakDetector(options)
      const report = await detector.check()
      const { memory } = detector.status()
      assert.equal(report.snapshot === null, 'capture' in options)
      assert.equal(sumOf(memory.parts), memory.rssBytes)
      assert.ok(Date.parse(memory.at) <= Date.parse(report.at))
      await detector.stop()
    }
  })

  it('captures as ever where the allocator returns free memory after it', async () => {
    const detector = new LeakDetector({ trimMemory: true })
    const { snapshot } = await detector.check()
    assert.ok(snapshot.nodes > 0)
    await detector.stop()
  })
})

/** Runs a program that grows by what `grow` returns in each round, until the event. */
async function until(event, grow, args = []) {
  const { value } = await evaluate(
    `const { LeakDetector } = require('seep')
     const detector = new LeakDetector({ intervalMs: 100, minChecks: 2, exhaustionMs: 86_400_000 })
     const alive = setInterval(() => {}, 1000)
     const kept = []
     const grow = ${grow}
     for (const round of ['check', 'skip']) detector.on(round, () => kept.push(grow()))
     detector.once('${event}', async (report) => {
       clearInterval(alive)
       const { native, exhaustion } = detector.status()
       const again = []
       detector.on('${event}', (report) => again.push(report))
       await detector.check()
       await detector.stop()
       console.log(JSON.stringify({ report, native, exhaustion, again: again.length }))
     })
     detector.start()`,
    { args }
  )
  return value
}

describe('what the readings show', { skip: !isLinux && 'only Linux shows the memory' }, () => {
  it('is an event when external memory grows, and once more at a check()', async () => {
    const grown = await until('memory-growth', "() => Buffer.alloc(6 << 20, 65).toString('latin1')")
    assert.equal(grown.report.kind, 'external')
    assert.equal(grown.report.isGrowth, true)
    assert.deepEqual(grown.native, grown.report)
    assert.equal(grown.again, 1)
  })

  it('is an event when the heap will soon be full', async () => {
    const grow = '() => Array.from({ length: 100_000 }, (_, i) => ({ i }))'
    const grown = await until('exhaustion', grow, ['--max-old-space-size=900'])
    assert.equal(grown.report.limit, 'heap')
    assert.equal(grown.report.limitBytes, 900 * 2 ** 20)
    assert.ok(grown.report.leftMs < 86_400_000)
    assert.deepEqual(grown.exhaustion, grown.report)
  })
})

describe('figures of the event loop', () => {
  it('count handles by type', () => {
    const list = () => ['Timeout', 'TCPSocketWrap', 'Timeout']
    const { handles, spaces } = new LoopFigures({ list }).take()
    assert.deepEqual(handles, [
      { name: 'Timeout', count: 2 },
      { name: 'TCPSocketWrap', count: 1 }
    ])
    for (const { usedBytes, committedBytes, freeBytes } of spaces) {
      assert.ok(freeBytes <= committedBytes && usedBytes <= committedBytes)
    }
  })

  it('count again only when that has been paid for', () => {
    let now = 0
    let listed = 0
    const list = () => {
      now += 2
      listed += 1
      return Array(listed).fill('Timeout')
    }
    const figures = new LoopFigures({ list, now: () => now })
    const countAt = (at) => {
      now = at
      return figures.take().handles[0].count
    }
    assert.deepEqual([0, 19_999, 20_000, 20_002].map(countAt), [1, 1, 2, 2])
  })
})

describe('a collection on request', { skip: !isLinux && 'V8 is asked on Linux' }, () => {
  it('is a major one, which does not run before the call returns', async () => {
    const { value } = await evaluate(
      `const { constants, PerformanceObserver } = require('node:perf_hooks')
       const { requestCollection } = require('./binding')
       const objects = Array.from({ length: 200_000 }, (_, i) => ({ i }))
       const alive = setInterval(() => objects.length, 10)
       const observer = new PerformanceObserver((list) => {
         for (const { detail, startTime } of list.getEntries()) {
           if (detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR || startTime < asked) continue
           clearInterval(alive)
           observer.disconnect()
           console.log(JSON.stringify({ could, isLater: startTime > returned }))
           return
         }
       })
       observer.observe({ entryTypes: ['gc'] })
       let asked = Infinity
       let returned = Infinity
       let could = false
       setTimeout(() => {
         asked = performance.now()
         could = requestCollection()
         returned = performance.now()
       }, 100)`
    )
    assert.deepEqual(value, { could: true, isLater: true })
  })
})
