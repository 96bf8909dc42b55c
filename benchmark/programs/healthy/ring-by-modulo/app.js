'use strict'
/** A ring that is an array without a size of its own: slots are counted by a remainder. */

const SLOTS = 7500

class Trail {
  constructor() {
    this.events = []
    this.next = 0
  }

  add(event) {
    this.events[this.next % SLOTS] = event
    this.next++
  }

  last() {
    return this.events[(this.next - 1) % SLOTS]
  }
}

const trail = new Trail()

function record(i) {
  trail.add({ id: i, path: `/item/${i}`, tags: ['a', 'b'], at: i * 3 })
}

module.exports = {
  name: 'ring-by-modulo',
  kind: 'filling',
  source: 'pattern: items[i % SLOTS] = item',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) record(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'events: 7,500', pathIncludes: [], leakedType: null }
}
