'use strict'
// A shared bus, and a cart view per visitor that listens to it. The handler is an arrow function in a class field, so
// the view stays with its listener; dispose() forgets one of the two events.
const { EventEmitter } = require('node:events')

const bus = new EventEmitter()
bus.setMaxListeners(0)

class CartView {
  lines = []
  #onPrice = ({ sku, price }) => this.lines.push([sku, price])
  #onStock = ({ sku }) => this.lines.push([sku, null])

  constructor(visitor) {
    this.visitor = visitor
    bus.on('price', this.#onPrice)
    bus.on('stock', this.#onStock)
  }

  dispose() {
    bus.off('price', this.#onPrice)
  }
}

module.exports = {
  name: 'bus-handlers',
  kind: 'listeners',
  source: 'pattern: nodejs/help#366 (which emitter holds my listeners)',
  packages: {},
  verify: { n: 500, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const view = new CartView({ id: ctx.next++, cookie: `c${ctx.next}` })
      if (i % 50 === 0) bus.emit('price', { sku: 'a', price: i })
      view.dispose()
    }
  },
  async teardown() {
    bus.removeAllListeners()
  },
  expect: {
    leak: true,
    container: "'stock' listeners of bus (bus._events.stock)",
    leakedType: 'CartView',
    pathIncludes: ['bus', '_events', 'stock'],
    allocatedIn: ['CartView'],
    bytesPerUnit: 500
  }
}
