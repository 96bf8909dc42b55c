'use strict'

/** In-process captures: through a pipe, and as a stream where no path names one. */

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, it } = require('node:test')
const { evaluate } = require('./support/program')

const ROUND = JSON.stringify(path.join(__dirname, 'fixtures', 'fork', 'round.js'))

/** Runs rounds with a writer given as source, in-process, and returns what `then` makes of them. */
function rounds(write, then, options = {}) {
  return evaluate(`
    const fs = require('node:fs')
    const v8 = require('node:v8')
    const { roundsWith } = require(${ROUND})
    const options = ${JSON.stringify({ capture: 'inline', ...options })}
    const rounds = roundsWith(${write}, options)
    const descriptors = () => { try { return fs.readdirSync('/proc/self/fd').length } catch { return 0 } }
    ;(async () => {
      const result = await (${then})(rounds, descriptors)
      await rounds.stop()
      console.log(JSON.stringify(result))
    })()`)
}

const CHECK = '(rounds) => rounds.check("check")'

describe('an in-process capture', () => {
  it('delivers the whole heap, and its cost is the pause', async () => {
    const { value } = await rounds('undefined', CHECK)
    assert.equal(value.skip, null)
    assert.equal(value.cost.capture, 'inline')
    assert.equal(value.cost.child, null)
    assert.ok(value.cost.pauseMs > 0)
    assert.ok(value.snapshot.nodes > 10_000)
  })

  it('leaves no descriptor', async () => {
    const { value } = await rounds(
      'undefined',
      `async (rounds, descriptors) => {
        await rounds.check('check')
        const before = descriptors()
        await rounds.check('check')
        return { before, after: descriptors() }
      }`
    )
    assert.equal(value.after, value.before)
  })

  it('above the pause budget is a skip that says how much', async () => {
    const { value } = await rounds('undefined', CHECK, { maxPauseMs: 1 })
    assert.equal(value.skip.code, 'ERR_CAPTURE_PAUSE_BUDGET')
    assert.match(value.skip.message, /about \d+ ms; maxPauseMs is 1$/)
  })

  it('of bytes that are no snapshot is given up in the middle, and V8 sees EPIPE', async () => {
    const { value } = await rounds(
      `(path) => {
        const fd = fs.openSync(path, 'w')
        fs.writeSync(fd, '{"snapshot": nonsense')
        try { for (let i = 0; i < 100; i++) fs.writeSync(fd, 'x'.repeat(1 << 20)) }
        catch (error) { global.met = error.code }
        fs.closeSync(fd)
      }`,
      'async (rounds) => ({ report: await rounds.check("check"), met: global.met })'
    )
    assert.equal(value.report.skip.code, 'ERR_SNAPSHOT_MALFORMED')
    assert.equal(value.met, 'EPIPE')
  })

  it('whose writer throws is a skip with the reason', async () => {
    const { value } = await rounds('() => { throw new Error("not today") }', CHECK)
    assert.equal(value.skip.code, 'ERR_CAPTURE_FAILED')
    assert.match(value.skip.message, /not today/)
  })

  it('that is skipped ends also when a thousand end while the event loop is blocked', async () => {
    const { value } = await rounds(
      'undefined',
      `async (rounds) => {
        const reports = Array.from({ length: 1000 }, () => rounds.check('check'))
        for (const until = performance.now() + 500; performance.now() < until; );
        return (await Promise.all(reports)).map(({ skip }) => skip.code)
      }`,
      { maxPauseMs: 1 }
    )
    assert.deepEqual(value, new Array(1000).fill('ERR_CAPTURE_PAUSE_BUDGET'))
  })
})
