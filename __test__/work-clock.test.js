'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { WorkClock } = require('../lib/work-clock')

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

  it('says nothing where the system does not tell', () => {
    const clock = new WorkClock(() => null)
    assert.equal(clock.now(), null)
    assert.equal(
      clock.without(() => 7),
      7
    )
  })
})
