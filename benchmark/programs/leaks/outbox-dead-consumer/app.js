'use strict'
/** The loop that publishes the outbox dies on a bad event; nobody sees its rejection, and the outbox goes on filling. */

class DomainEvent {
  constructor(type, aggregateId, payload) {
    this.type = type
    this.aggregateId = aggregateId
    this.payload = payload
    this.occurredAt = Date.now()
  }
}

class Outbox {
  constructor() {
    this.pending = []
    this.wake = () => {}
    this.published = 0
  }

  add(event) {
    this.pending.push(event)
    this.wake()
  }

  async run() {
    for (;;) {
      while (this.pending.length > 0) {
        await this.publish(this.pending[0])
        this.pending.shift()
      }
      await new Promise((resolve) => {
        this.wake = resolve
      })
    }
  }

  async publish(event) {
    if (event.payload.total === undefined) throw new TypeError('an event without a total')
    this.published++
  }
}

const outbox = new Outbox()

function order(i) {
  const payload = {
    total: i === 2000 ? undefined : i * 3,
    lines: [{ sku: `s${i % 90}`, count: 1 }]
  }
  outbox.add(new DomainEvent('OrderPlaced', `order-${i}`, payload))
}

module.exports = {
  name: 'outbox-dead-consumer',
  kind: 'queue',
  source: 'pattern: a producer whose consumer has ended',
  verify: { n: 700, warmup: 3 },
  async setup() {
    outbox.run().catch(() => {})
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      order(ctx.i++)
      if (k % 25 === 0) await new Promise(setImmediate)
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'outbox.pending (Array)',
    pathIncludes: ['pending', 'Outbox'],
    leakedType: 'DomainEvent',
    allocatedIn: ['add', 'order', 'DomainEvent']
  }
}
