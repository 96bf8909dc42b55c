'use strict'
/** A table, and beside it the order of its keys, which says what has to go. */

class FifoCache {
  #values = new Map()
  #order = []
  #max

  constructor(max) {
    this.#max = max
  }

  set(key, value) {
    if (!this.#values.has(key)) this.#order.push(key)
    this.#values.set(key, value)
    while (this.#order.length > this.#max) this.#values.delete(this.#order.shift())
  }
}

const cache = new FifoCache(7500)

function lookUp(i) {
  cache.set(`host-${i}.example`, { addresses: [`10.0.${i % 256}.1`], ttl: 300, at: i })
}

module.exports = {
  name: 'fifo-by-order',
  kind: 'filling',
  source: 'pattern: order.shift() names the key to delete',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) lookUp(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: false,
    container: '#values and #order: 7,500',
    pathIncludes: [],
    leakedType: null
  }
}
