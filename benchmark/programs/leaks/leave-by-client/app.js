'use strict'
/** Subscriptions are removed in a loop, those of a client that leaves; of a client that breaks off they stay. */

class Subscription {
  constructor(id, client) {
    this.id = id
    this.client = client
    this.filter = { topic: `topic-${id % 20}`, since: id }
  }
}

class Broker {
  constructor(gauge) {
    this.subscriptions = new Map()
    this.gauge = gauge
  }

  subscribe(id, client) {
    this.subscriptions.set(id, new Subscription(id, client))
  }

  leave(client) {
    for (const [id, subscription] of this.subscriptions) {
      if (subscription.client === client) this.subscriptions.delete(id)
    }
    this.gauge.value = this.subscriptions.size
  }
}

const broker = new Broker({ name: 'subscriptions', value: 0 })

function visit(i) {
  broker.subscribe(i, Math.floor(i / 20))
  // One client in four breaks off.
  if (i % 20 === 19 && i % 80 !== 79) broker.leave(Math.floor(i / 20))
}

module.exports = {
  name: 'leave-by-client',
  kind: 'masked',
  source: 'pattern: a loop that removes what is asked for, and a gauge of the size',
  verify: { n: 400, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) visit(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'broker.subscriptions (Map)',
    pathIncludes: ['subscriptions'],
    leakedType: 'Subscription',
    allocatedIn: ['subscribe', 'visit', 'Subscription']
  }
}
