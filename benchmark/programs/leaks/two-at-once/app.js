'use strict'
// Two leaks: finished orders stay in a Map, and the mailer keeps each address in an array "for statistics". The first
// one is several times bigger.
class OrderBook {
  finished = new Map()
  open = new Map()

  place(order) {
    this.open.set(order.id, order)
  }

  finish(id) {
    this.finished.set(id, this.open.get(id))
    this.open.delete(id)
  }
}

class Mailer {
  #addressed = []

  send(address) {
    this.#addressed.push({ address, at: address.length })
  }
}

class Order {
  constructor(id) {
    this.id = id
    this.lines = Array.from({ length: 8 }, (_, k) => ({
      sku: `s${k}`,
      quantity: k,
      note: `${id}:${k}`
    }))
  }
}

const book = new OrderBook()
const mailer = new Mailer()

module.exports = {
  name: 'two-at-once',
  kind: 'collection',
  source: 'pattern: two independent leaks in one program',
  packages: {},
  verify: { n: 400, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const order = new Order(ctx.next++)
      book.place(order)
      book.finish(order.id)
      for (const who of ['buyer', 'seller']) mailer.send(`${who}.${order.id}@example.test`)
    }
  },
  async teardown() {
    book.finished.clear()
  },
  expect: {
    leak: true,
    container: 'book.finished (Map of Order)',
    leakedType: 'Order',
    pathIncludes: ['book', 'finished', 'Map'],
    allocatedIn: ['Order', 'finish', 'place'],
    others: [
      {
        container: 'mailer.#addressed (private Array)',
        leakedType: 'Object',
        pathIncludes: ['mailer', 'addressed']
      }
    ],
    bytesPerUnit: 1400
  }
}
