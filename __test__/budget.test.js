'use strict'

/** What a capture may take, and what it was thought to take. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { describe, it } = require('node:test')
const { evaluate, runNode } = require('./support/program')

const LIMITED = path.join(__dirname, 'fixtures', 'limited.js')
const onLinux = process.platform === 'linux'
const works = (program, ...args) => onLinux && spawnSync(program, args).status === 0
const hasPrlimit = works('prlimit', '--version')
const hasNamespaces = works('unshare', '-rm', 'mount', '-t', 'tmpfs', 'none', '/sys/fs/cgroup')

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

  const ran = { code: null, wasEnded: false, left: 0 }
  const skipped = { code: 'ERR_CAPTURE_NO_MEMORY', wasEnded: false, left: 0 }
  const ended = { code: 'ERR_CAPTURE_NO_MEMORY', wasEnded: true, left: 0 }

  it('is that of the control group: skipped or ended when it is tight, and run when it is wide', {
    skip: !hasNamespaces
  }, () => {
    const line = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
    const args = ['-rm', 'sh', '-c', line, 'sh', process.execPath, LIMITED, 'group']
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), {
      tight: skipped,
      wide: ran,
      tightened: ended,
      'wide again': ran
    })
  })

  it('is that of the address space: skipped, or ended when the child takes too much', {
    skip: !hasPrlimit
  }, async () => {
    const { code, stdout, stderr } = await runNode(['--expose-gc', LIMITED, 'addresses'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      tight: skipped,
      wide: ran,
      taken: ended,
      'wide again': ran
    })
  })

  it("is V8's own limit in-process: skipped while the heap is nearly full", {
    skip: !onLinux
  }, async () => {
    const flags = ['--expose-gc', '--max-old-space-size=256']
    const { code, stdout, stderr } = await runNode([...flags, LIMITED, 'heap'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), { full: skipped, empty: ran })
  })
})
