'use strict'
// Every import job registers an exit hook on the process, so that its report survives a shutdown, and leaves it there.
class ImportJob {
  constructor(id) {
    this.id = id
    this.rows = Array.from({ length: 12 }, (_, row) => ({ row, price: row * 1.25 + id }))
    process.on('exit', this.flush.bind(this))
  }

  flush() {
    this.rows = null
  }

  run() {
    return this.rows.reduce((sum, { price }) => sum + price, 0)
  }
}

module.exports = {
  name: 'exit-hooks',
  kind: 'listeners',
  source:
    'pattern: MaxListenersExceededWarning on process (Node.js documentation, events.defaultMaxListeners)',
  packages: {},
  verify: { n: 150, warmup: 3, rounds: 10 },
  async setup() {
    process.setMaxListeners(0)
    return { next: 0, total: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.total += new ImportJob(ctx.next++).run()
  },
  async teardown() {
    process.removeAllListeners('exit')
  },
  expect: {
    leak: true,
    container: "'exit' listeners of process (process._events.exit)",
    leakedType: 'ImportJob',
    pathIncludes: ['process', '_events', 'exit'],
    allocatedIn: ['ImportJob'],
    bytesPerUnit: 900
  }
}
