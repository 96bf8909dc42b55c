'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { expectNoLeak } = require('seep')
const { ROOT, evaluate, runNode } = require('./support/program')

class Visit {
  constructor(page) {
    this.page = page
    this.seen = [page, {}]
  }
}

/** Held by variables of this module, as a program's are. */
const visits = []
const readings = []
const cache = new Map()
const bus = new EventEmitter().setMaxListeners(0)
let count = 0

/** What it rejects with. */
async function failure(fn, options) {
  let error = null
  await assert.rejects(expectNoLeak(fn, options), (thrown) => {
    error = thrown
    return true
  })
  return error
}

describe('expectNoLeak()', { timeout: 600_000 }, () => {
  it('fails with what leaks, explained', async () => {
    const error = await failure(() => void visits.push(new Visit(count++)))
    assert.ok(error instanceof assert.AssertionError)
    assert.equal(error.code, 'ERR_ASSERTION')
    assert.equal(error.operator, 'expectNoLeak')
    assert.match(error.message, /^Expected no leak, but Visit accumulates in Array `visits`/)
    assert.match(error.message, /, \d+ B per call \(\d+ rounds of 100 calls\)\n/)
    assert.doesNotMatch(error.message, /\/h\b/)
    assert.match(error.message, /visits → Array/)
    assert.deepEqual(
      error.leaks.map(({ container }) => container.name),
      ['visits']
    )
    assert.deepEqual(error.actual, [error.leaks[0].title])
    assert.ok(!error.stack.includes('lib/expect-no-leak.js'), error.stack)
  })

  it('finds listeners, and arrays of numbers given enough calls', async () => {
    const heard = await failure(async () => void bus.on('visit', () => count))
    assert.equal(heard.leaks[0].kind, 'listeners')
    const read = await failure(() => void readings.push(count++ + 0.5), { calls: 2000 })
    assert.match(read.message, /readings/)
  })

  it('passes what comes and goes, and caches that are bounded', async () => {
    await expectNoLeak(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      cache.set(count++, new Visit(count))
      if (cache.size > 120) cache.delete(cache.keys().next().value)
    })
  })

  it('makes the given number of calls, one after the other', async () => {
    let calls = 0
    let running = 0
    await expectNoLeak(
      async () => {
        calls += 1
        running += 1
        await null
        assert.equal(running, 1)
        running -= 1
      },
      { rounds: 3, calls: 7 }
    )
    assert.equal(calls % 7, 0)
    assert.ok(calls >= 21 && calls <= 63, `${calls}`)
  })

  it('ignores the leaks that it is given', async () => {
    const asked = []
    const ignore = (leak) => asked.push(leak.container.name) > 0 && leak.container.name === 'visits'
    await expectNoLeak(() => void visits.push(new Visit(count++)), { ignore })
    assert.ok(asked.includes('visits'))
  })

  it('gives on what the function throws', async () => {
    const error = new Error('mine')
    assert.equal(await failure(() => Promise.reject(error)), error)
  })

  it('says what it takes', async () => {
    const codes = async (...args) => (await failure(...args)).code
    assert.equal(await codes(5), 'ERR_INVALID_ARG_TYPE')
    assert.equal(await codes(() => {}, null), 'ERR_INVALID_ARG_TYPE')
    assert.equal(await codes(() => {}, { rounds: 2 }), 'ERR_INVALID_ARG_VALUE')
    assert.equal(await codes(() => {}, { rounds: '5' }), 'ERR_INVALID_ARG_TYPE')
    assert.equal(await codes(() => {}, { ignore: 'x' }), 'ERR_INVALID_ARG_TYPE')
    assert.equal(await codes(() => {}, { round: 5 }), 'ERR_INVALID_ARG_VALUE')
  })

  it('does not pass when it cannot look', async () => {
    const source = `require('seep').expectNoLeak(() => {}).catch(({ code }) => console.log(JSON.stringify(code)))`
    assert.equal((await evaluate(source, { env: { SEEP_ENABLED: '0' } })).value, 'ERR_DISABLED')
  })

  it('judges the same whatever SEEP_* say, and reports nothing but its error', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const source = `
      class Visit {}
      const visits = []
      const visit = () => void visits.push(new Visit())
      const { expectNoLeak } = require('seep')
      expectNoLeak(visit, { rounds: 4, calls: 1000 })
        .then(() => 'passed', ({ code, leaks }) => [code, leaks?.[0].container.name])
        .then((result) => console.log(JSON.stringify(result)))`
    const env = {
      SEEP_MIN_CHECKS: '50',
      SEEP_MIN_GROWTH_BYTES: '1000000000',
      SEEP_REDACT_NAMES: '1',
      SEEP_LOG: 'json',
      SEEP_REPORT_DIR: folder
    }
    const { value, stderr } = await evaluate(source, { env })
    assert.deepEqual(value, ['ERR_ASSERTION', 'visits'])
    assert.equal(stderr, '')
    assert.deepEqual(fs.readdirSync(folder), [])
  })

  it('leaves nothing that keeps the process alive, and needs no --expose-gc', async () => {
    const source = `
      require('seep').expectNoLeak(() => {}, { rounds: 3 }).then(() => {
        console.log(JSON.stringify([typeof gc, process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap' && name !== 'TTYWrap' && name !== 'FSReqCallback')]))
      })`
    assert.deepEqual((await evaluate(source)).value, ['undefined', []])
  })
})

const bin = (...names) => path.join(ROOT, 'node_modules', ...names)
const RUNNERS = {
  'node:test': ['--test', 'examples/testing/node.test.js'],
  Jest: [bin('jest', 'bin', 'jest.js'), '--config', 'examples/testing/jest.config.js'],
  Vitest: [bin('vitest', 'vitest.mjs'), 'run', '--root', 'examples/testing']
}

describe('the examples', { timeout: 600_000 }, () => {
  for (const [name, args] of Object.entries(RUNNERS)) {
    it(`pass and fail in ${name}`, async () => {
      const passed = await runNode(args)
      assert.equal(passed.code, 0, passed.stdout + passed.stderr)
      const failed = await runNode(args, { env: { FORGET_TO_DELETE: '1' } })
      const text = failed.stdout + failed.stderr
      assert.equal(failed.code, 1, text)
      assert.match(text, /Expected no leak, but .+ accumulates in Map/)
      assert.match(text, /sessions\.js/)
    })
  }
})
