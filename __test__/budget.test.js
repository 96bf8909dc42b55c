'use strict'

/** What a capture may take, and what it was thought to take. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const path = require('node:path')
const { describe, it } = require('node:test')
const { lacking } = require('./support/lacking')
const { evaluate, runNode } = require('./support/program')

const LIMITED = path.join(__dirname, 'fixtures', 'limited.js')
const onLinux = process.platform === 'linux'
const without = (what, program, ...args) =>
  !onLinux || lacking(spawnSync(program, args).status !== 0 && what)
const noPrlimit = without('there is no prlimit', 'prlimit', '--version')
const mount = ['-rm', 'mount', '-t', 'tmpfs', 'none', '/sys/fs/cgroup']
const noNamespaces = without('there are no namespaces to be had', 'unshare', ...mount)

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

  /** Runs the program in a control group as it says itself. */
  const inGroup = (way) => {
    const line = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"'
    const args = ['-rm', 'sh', '-c', line, 'sh', process.execPath, LIMITED, way]
    const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' })
    assert.equal(stderr, '')
    return JSON.parse(stdout)
  }

  it('is that of the control group: skipped or ended when it is tight, and run when it is wide', {
    skip: noNamespaces
  }, () => {
    assert.deepEqual(inGroup('group').outcomes, {
      tight: skipped,
      wide: ran,
      tightened: ended,
      'wide again': ran
    })
  })

  it('is put to the test seldom once it has stopped a child, and nothing in-process stands in', {
    skip: noNamespaces
  }, () => {
    const { outcomes, inProcess } = inGroup('dear')
    assert.equal(inProcess, 0)
    // After the first stop four rounds are skipped, and then eight.
    for (let i = 1; i <= 12; i++)
      assert.deepEqual(outcomes[i], [1, 6].includes(i) ? ended : skipped)
    assert.deepEqual(outcomes['wide again'], ran)
  })

  it('is not tried again soon when the kernel has killed a child', {
    skip: noNamespaces
  }, () => {
    const { outcomes, inProcess } = inGroup('killed')
    assert.equal(inProcess, 0)
    const codes = Object.values(outcomes).map(({ code }) => code)
    const rests = Array(7).fill('ERR_CAPTURE_BACKOFF')
    const died = 'ERR_CAPTURE_CHILD_DIED'
    assert.deepEqual(codes, [died, ...rests, died, 'ERR_CAPTURE_BACKOFF'])
  })

  it('is kept in-process as well: by a guess, and then by what a capture took', {
    skip: noNamespaces
  }, () => {
    const { outcomes, inProcess } = inGroup('in-process')
    assert.deepEqual(outcomes, {
      tight: skipped,
      taken: ended,
      remembered: skipped,
      'wide again': ran
    })
    assert.equal(inProcess, 2, 'V8 was not asked to write where it was skipped')
  })

  it('is that of the address space: skipped, or ended when the child takes too much', {
    skip: noPrlimit
  }, async () => {
    const { code, stdout, stderr } = await runNode(['--expose-gc', LIMITED, 'addresses'])
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout).outcomes, {
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
    assert.deepEqual(JSON.parse(stdout).outcomes, { full: skipped, empty: ran })
  })
})
