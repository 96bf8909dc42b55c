'use strict'
/** Who is to go is told by an event, which a listener answers. */

const { EventEmitter } = require('node:events')

class Store extends EventEmitter {
  constructor() {
    super()
    this.items = new Map()
  }

  add(key, item) {
    this.items.set(key, item)
    if (this.items.size > 7500) this.emit('full', this.items.keys().next().value)
  }
}

const store = new Store()
store.on('full', (key) => store.items.delete(key))

function upload(i) {
  store.add(`up-${i}`, { id: i, parts: [i, i + 1], by: `u${i % 60}` })
}

module.exports = {
  name: 'evicts-by-event',
  kind: 'filling',
  source: 'pattern: a listener deletes',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) upload(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'items: 7,500', pathIncludes: [], leakedType: null }
}
