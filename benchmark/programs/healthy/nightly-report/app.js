'use strict'
// Requests leave nothing. Once in 24 steps a report is put together over four steps, row by row, written out, and dropped.
class Row {
  constructor(id) {
    this.id = id
    this.cells = [id, `row ${id}`, { total: id * 2 }]
  }
}

const report = { rows: [] }
const STEPS_A_DAY = 24
const LASTS = 4

module.exports = {
  name: 'nightly-report',
  kind: 'batch',
  source: 'pattern: nightly job',
  packages: {},
  verify: { n: 1200, warmup: 4, rounds: 48 },
  async setup() {
    return { now: 0, next: 0, written: 0, bytes: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.bytes += JSON.stringify({ i, at: ctx.now }).length
    const hour = ctx.now++ % STEPS_A_DAY
    if (hour < LASTS) for (let i = 0; i < n; i++) report.rows.push(new Row(ctx.next++))
    if (hour === LASTS) {
      ctx.written += report.rows.length
      report.rows = []
    }
  },
  async teardown() {
    report.rows = []
  },
  expect: {
    leak: false,
    container: 'report.rows, written each night',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
