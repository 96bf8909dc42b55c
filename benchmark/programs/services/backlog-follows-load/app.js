'use strict'
/** A queue whose worker takes so many a second: it falls behind at the top of a wave, and catches up after it. */

class Task {
  constructor(i) {
    this.id = i
    this.payload = {
      to: `user-${i % 800}@example.com`,
      template: 'receipt',
      values: { total: i % 400 }
    }
  }
}

class Queue {
  constructor(perTick) {
    this.perTick = perTick
    this.tasks = []
    this.sent = 0
  }

  start() {
    setInterval(() => this.work(), 100).unref()
  }

  work() {
    this.sent += this.tasks.splice(0, this.perTick).length
  }
}

const queue = new Queue(13)

module.exports = {
  name: 'backlog-follows-load',
  kind: 'queue',
  source: 'pattern: a queue that lags at the peak',
  verify: { n: 700, warmup: 2 },
  async setup() {
    queue.start()
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) queue.tasks.push(new Task(ctx.i++))
    // Nothing more is taken in while it is far behind.
    while (queue.tasks.length > 9000) await new Promise((resolve) => setTimeout(resolve, 50))
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'tasks: at most 9,000, empty in quiet times',
    pathIncludes: [],
    leakedType: null
  }
}
