'use strict'
// Thousands of timers of many lengths; all fire or are cleared, but at the time of a check a few hundred are pending.
const { setTimeout: pause } = require('node:timers/promises')

class Reminder {
  constructor(id, milliseconds, done) {
    this.text = `reminder ${id}`
    this.timer = setTimeout(() => done(this.text), milliseconds)
  }
}

module.exports = {
  name: 'timers-that-fire',
  kind: 'churn',
  source: 'pattern: timers that end',
  packages: {},
  verify: { n: 600, warmup: 5, rounds: 14 },
  async setup() {
    return { next: 0, fired: 0, pending: [] }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      const reminder = new Reminder(id, 1 + (id % 60), () => ctx.fired++)
      if (id % 7 === 0) clearTimeout(reminder.timer)
    }
    const ticker = setInterval(() => ctx.fired++, 2)
    await pause(25 + (ctx.next % 3) * 10)
    clearInterval(ticker)
  },
  async teardown() {
    await pause(80)
  },
  expect: {
    leak: false,
    container: 'timers of 60 ms at most',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
