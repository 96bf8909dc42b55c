'use strict'
/** A staging table that saws by 6 MB, and beside it a table of merchants that only grows. */

class Transaction {
  constructor(i) {
    this.id = i
    this.amount = i % 1000
    this.merchant = `m${i % 50}`
    this.note = `payment ${i}`
  }
}

let staging = []
const seenMerchants = new Map()

function ingest(i) {
  staging.push(new Transaction(i))
  if (staging.length >= 30_000) staging = []
  if (i % 16 === 0) {
    const id = `merchant-${i}`
    seenMerchants.set(id, { id, since: i, risk: { score: i % 100, reasons: [] } })
  }
}

module.exports = {
  name: 'under-a-sawtooth',
  kind: 'hidden',
  source: 'pattern: a small leak beside a big staging table',
  verify: { n: 5000, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ingest(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'seenMerchants (Map)',
    pathIncludes: ['seenMerchants'],
    leakedType: 'Object',
    allocatedIn: ['ingest', 'step']
  }
}
