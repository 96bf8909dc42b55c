'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { WorkClock } = require('../lib/work-clock')
const { evaluate } = require('./support/program')

describe('the work clock', () => {
  it('counts what the thread has used, but for what is not to count', () => {
    let used = 1e6
    const clock = new WorkClock(() => used)
    const start = clock.now()
    used += 30
    assert.equal(clock.now() - start, 30)
    assert.equal(
      clock.without(() => {
        used += 500
        return 'done'
      }),
      'done'
    )
    used += 5
    assert.equal(clock.now() - start, 35)
  })

  it('does not count what throws either', () => {
    let used = 1e6
    const clock = new WorkClock(() => used)
    const start = clock.now()
    const fail = () => {
      used += 100
      throw new Error('no')
    }
    assert.throws(() => clock.without(fail), { message: 'no' })
    assert.equal(clock.now(), start)
  })

  it('counts from its first use where no file and no figure of the thread tell of the time before', async () => {
    const { value } = await evaluate(
      `const fs = require('node:fs')
       const { readFileSync } = fs
       fs.readFileSync = (file, ...rest) => readFileSync(String(file).replace('/proc/', '/none/'), ...rest)
       process.threadCpuUsage = undefined
       const { WorkClock } = require('./lib/work-clock')
       let used = 40
       const clock = new WorkClock(() => used)
       setTimeout(() => {
         const times = [clock.now()]
         used += 30
         console.log(JSON.stringify([...times, clock.now()]))
       }, 1)`
    )
    // All threads together have used more than this one, whose work would not show.
    assert.deepEqual(value, [0, 30])
  })

  it('says nothing where the system does not tell', () => {
    const clock = new WorkClock(() => null)
    assert.equal(clock.now(), null)
    assert.equal(
      clock.without(() => 7),
      7
    )
  })
})
