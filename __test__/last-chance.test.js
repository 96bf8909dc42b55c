'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const path = require('node:path')
const { LastChance } = require('../lib/last-chance')
const { heapLimit } = require('../lib/memory-usage')
const { evaluate, runNode } = require('./support/program')

const LIMIT = 1000

/** At which samples it says so. */
function times(heap, samples) {
  const chance = new LastChance(() => LIMIT)
  return Array.from({ length: samples }, (_, i) => i).filter((i) => chance.sample(heap(i)))
}

describe('the last chance before the heap is full', () => {
  it('comes once while a leak grows, with room to spare', () => {
    const [at, ...more] = times((i) => 100 + 2 * i, 450)
    assert.deepEqual(more, [])
    assert.ok(100 + 2 * at >= 0.8 * LIMIT && 100 + 2 * at < 0.9 * LIMIT)
  })

  it('comes earlier when the leak is fast', () => {
    const [at, ...more] = times((i) => 100 + 25 * i, 36)
    assert.deepEqual(more, [])
    assert.ok(100 + 25 * at < 0.75 * LIMIT)
  })

  it('does not come for garbage that reaches far up', () => {
    assert.deepEqual(
      times((i) => 300 + (i % 4) * 220, 1000),
      []
    )
  })

  it('does not come for a heap that is large and stays so', () => {
    assert.deepEqual(
      times((i) => 780 + (i % 3), 1000),
      []
    )
  })

  it('comes again after the danger was over', () => {
    const wave = (i) => (i % 200 < 100 ? 300 : 900)
    assert.equal(times(wave, 600).length, 3)
  })
})

describe('a program that fills its heap', () => {
  it('is captured once more while there is time, and not again', {
    skip: process.platform !== 'linux'
  }, async () => {
    const program = path.join(__dirname, 'fixtures', 'nearly-full.js')
    const { code, stdout, stderr } = await runNode(['--max-old-space-size=256', program])
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), ['captured'])
  })
})

describe("the heap's limit", () => {
  const MIB = 2 ** 20
  const limit = async (flags, options) => {
    const { stdout } = await runNode(
      [...flags, '-p', 'require("./lib/memory-usage").heapLimit() / 2 ** 20'],
      options
    )
    return Number(stdout)
  }

  it('is that of the old generation, by the flag that counts', async () => {
    assert.equal(await limit(['--max-old-space-size=300']), 300)
    assert.equal(await limit(['--max_old_space_size=200', '--max-old-space-size=300']), 300)
    const env = { NODE_OPTIONS: '--no-warnings --max-old-space-size=500' }
    assert.equal(await limit([], { env }), 500)
    assert.equal(await limit(['--max-old-space-size=300'], { env }), 300)
  })

  it('is, without a flag, a little less than V8 says for both generations', () => {
    const both = require('node:v8').getHeapStatistics().heap_size_limit
    assert.equal(heapLimit([]), Math.floor(both * 0.95))
    const share = heapLimit(['--max-old-space-size-percentage=50'])
    assert.ok(share >= both - 192 * MIB && share < both)
  })

  it('is, in a worker thread, its own', async () => {
    const { value } = await evaluate(`
      const { Worker } = require('node:worker_threads')
      const source = 'const { parentPort } = require("node:worker_threads");' +
        'parentPort.postMessage(require("./lib/memory-usage").heapLimit() / 2 ** 20)'
      const resourceLimits = { maxOldGenerationSizeMb: 70, maxYoungGenerationSizeMb: 6 }
      new Worker(source, { eval: true, resourceLimits }).once('message', (limit) => console.log(limit))`)
    assert.ok(Math.abs(value - 70) < 3, String(value))
  })
})
