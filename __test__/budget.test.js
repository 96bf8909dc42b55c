'use strict'

/** What a capture may take, and what it was thought to take. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { describe, it } = require('node:test')
const { evaluate } = require('./support/program')

const onLinux = process.platform === 'linux'
const hasPrlimit = onLinux && spawnSync('prlimit', ['--version']).status === 0

describe('the budget of a capture', () => {
  it('is estimated before, and the next estimate has learnt from what came of it', async () => {
    const { value } = await evaluate(`
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 600_000 })
      async function main() {
        const reports = [await detector.check(), await detector.check()]
        await detector.stop()
        console.log(JSON.stringify(reports))
      }
      main()`)
    for (const { cost } of value) {
      for (const figure of Object.values(cost.estimate)) assert.ok(figure > 0)
      assert.ok(cost.analysisCpuMs === null || cost.analysisCpuMs > 0)
    }
    const [, { cost, snapshot, memory }] = value
    assert.ok(Math.abs(cost.estimate.nodes / snapshot.nodes - 1) < 0.2, 'nodes')
    if (cost.child !== null) {
      const took = cost.child.privateBytes + cost.peakAnalysisBytes
      assert.ok(Math.abs(cost.estimate.bytes / took - 1) < 0.5, 'bytes')
    }
    assert.ok(memory.heapLimitBytes > memory.heapUsedBytes)
  })

  it('heeds a limit of the address space', { skip: !hasPrlimit }, async () => {
    const { value } = await evaluate(`
      const { execFileSync } = require('node:child_process')
      const fs = require('node:fs')
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ capture: 'fork', maxPauseMs: 600_000 })
      async function main() {
        const free = await detector.check()
        const kilobytes = Number(/VmSize:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1])
        const limit = (kilobytes + 30 * 1024) * 1024
        execFileSync('prlimit', ['--pid', String(process.pid), '--as=' + limit + ':'])
        const tight = await detector.check()
        await detector.stop()
        console.log(JSON.stringify([free, tight].map(({ skip }) => skip)))
      }
      main()`)
    assert.equal(value[0], null)
    assert.equal(value[1].code, 'ERR_CAPTURE_NO_MEMORY')
  })
})
