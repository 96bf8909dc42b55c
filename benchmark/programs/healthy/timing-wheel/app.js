'use strict'
/** A wheel of buckets: every turn of the hand empties the one that it comes to. */

const BUCKETS = 40

class Wheel {
  constructor() {
    this.buckets = Array.from({ length: BUCKETS }, () => new Set())
    this.hand = 0
  }

  schedule(task) {
    this.buckets[(this.hand + BUCKETS - 1) % BUCKETS].add(task)
  }

  turn() {
    const due = this.buckets[this.hand]
    this.buckets[this.hand] = new Set()
    this.hand = (this.hand + 1) % BUCKETS
    return due.size
  }
}

const wheel = new Wheel()
let _ran = 0

function request(i) {
  wheel.schedule({ id: i, retry: 0, url: `https://example.com/${i}` })
  if (i % 200 === 0) _ran += wheel.turn()
}

module.exports = {
  name: 'timing-wheel',
  kind: 'filling',
  source: 'pattern: a timing wheel',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) request(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'buckets: 8,000 tasks', pathIncludes: [], leakedType: null }
}
