'use strict'

/** Detectors come and go, and leave nothing behind. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')
const { evaluate, runNode, runScript } = require('./support/program')

const PROGRAM = path.join(__dirname, 'fixtures', 'detectors.js')

async function run(way) {
  const { code, stdout, stderr } = await runNode([
    '--expose-gc',
    '--max-semi-space-size=1',
    PROGRAM,
    way
  ])
  assert.equal(code, 0, stderr)
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

describe('detectors', () => {
  it('started and stopped a thousand times leave no thread, descriptor, listener and memory', async () => {
    const { before, after, grownBytes } = await run('started and stopped')
    assert.deepEqual(after, before)
    // The young generation is kept from growing. 16 KB each are less than what a thread leaves behind.
    assert.ok(grownBytes < 8 * 2 ** 20, `${grownBytes} bytes more are resident`)
  })

  it('forgotten are collected', async () => {
    const { before, after, collected } = await run('forgotten')
    assert.equal(collected, 20)
    assert.ok(after.threads <= before.threads + 1, 'at most the shared thread on its way out')
  })

  it('in one environment share a thread and take turns', async () => {
    const { before, after, during, codes } = await run('in one environment')
    assert.deepEqual(codes, ['captured', 'captured', 'captured', 'captured', 'ERR_ABORTED'])
    assert.ok(during.threads <= before.threads + 1)
    assert.equal(after.threads, before.threads)
  })

  it('in Workers that are terminated without a stop leave the process well', async () => {
    const { codes } = await run('in Workers')
    assert.deepEqual(codes, ['captured', 'captured', 'captured'])
  })
})

describe('a round that somebody waits for', () => {
  it('keeps the process alive until it ends, through garbage collections', async () => {
    const { value } = await evaluate(`
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 60_000 })
      detector.check().then(({ skip }) => console.log(JSON.stringify(skip?.code ?? 'captured')))`)
    assert.equal(value, 'captured')
  })

  it('keeps the process alive from the request on, during a round that nobody waits for', async () => {
    const { value } = await evaluate(`
      const { start } = require('seep')
      const detector = start({ intervalMs: 100, gate: 'always', maxPauseMs: 60_000 })
      const timer = setInterval(() => {
        if (!detector.status().checking) return
        clearInterval(timer)
        detector.check().then(({ skip }) => console.log(JSON.stringify(skip?.code ?? 'captured')))
      }, 1)`)
    assert.equal(value, 'captured')
  })

  it('does not delay process.exit()', async () => {
    const { code, stdout } = await runScript(`
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 60_000 })
      detector.check().then(() => console.log('ended'))
      setTimeout(() => process.exit(3), 20)`)
    assert.equal(code, 3)
    assert.ok(['', 'ended\n'].includes(stdout))
  })
})
