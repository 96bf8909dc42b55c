'use strict'
// Inserts are gathered and written every second round: half full at each odd check, empty at each even one.
const batch = { rows: [], written: 0 }

function flush() {
  batch.written += JSON.stringify(batch.rows).length
  batch.rows = []
}

module.exports = {
  name: 'batch-of-two',
  kind: 'sawtooth',
  source: 'pattern: batch writer, period 2',
  packages: {},
  verify: { n: 1500, warmup: 4, rounds: 14 },
  async setup() {
    return { round: 0, next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) batch.rows.push({ id: ctx.next++, value: `v${i}`, at: i * 1.5 })
    if (++ctx.round % 2 === 0) flush()
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'batch.rows',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
