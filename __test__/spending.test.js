'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { Spending } = require('../lib/spending')

const HOUR = 3_600_000

/** An account of 24 s a day, and its clock. */
function account() {
  const clock = { ms: 1e6 }
  return { clock, spending: new Spending(24_000, () => clock.ms) }
}

describe("the account of a day's captures", () => {
  it('begins with what a day may cost, and never has more', () => {
    const { clock, spending } = account()
    assert.equal(spending.balanceMs, 24_000)
    clock.ms += 100 * HOUR
    assert.equal(spending.balanceMs, 24_000)
  })

  it('counts what captures cost, and fills evenly', () => {
    const { clock, spending } = account()
    spending.charge(10_000)
    assert.equal(spending.balanceMs, 14_000)
    clock.ms += 3 * HOUR
    assert.equal(Math.round(spending.balanceMs), 17_000)
  })

  it('can be overdrawn once, and is even again after as long as that takes', () => {
    const { clock, spending } = account()
    spending.charge(30_000)
    assert.ok(spending.balanceMs < 0)
    clock.ms += 5.9 * HOUR
    assert.ok(spending.balanceMs < 0)
    clock.ms += 0.2 * HOUR
    assert.ok(spending.balanceMs > 0)
  })

  it('lets captures of any cost through as often as it affords them', () => {
    const { clock, spending } = account()
    let captures = 0
    for (let minute = 0; minute < 10 * 24 * 60; minute++) {
      clock.ms += 60_000
      if (spending.balanceMs <= 0) continue
      captures += 1
      spending.charge(4000)
    }
    // Ten days' worth, and the one that it began with.
    assert.equal(captures, 66)
  })
})
