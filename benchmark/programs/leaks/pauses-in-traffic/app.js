'use strict'
// Webhooks arrive in five of seven rounds. Deliveries that were never answered stay, and stay while nothing arrives.
class Delivery {
  constructor(id) {
    this.id = id
    this.body = { event: 'paid', order: id, at: new Date(id) }
  }
}

const unanswered = new Map()
const QUIET = new Set([5, 8])

module.exports = {
  name: 'pauses-in-traffic',
  kind: 'collection',
  source: 'pattern: retries without an end',
  packages: {},
  verify: { n: 400, warmup: 3, rounds: 10 },
  async setup() {
    return { round: 0, next: 0 }
  },
  async step(ctx, n) {
    if (QUIET.has(++ctx.round)) return
    for (let i = 0; i < n; i++) {
      const delivery = new Delivery(ctx.next++)
      unanswered.set(delivery.id, delivery)
    }
  },
  async teardown() {
    unanswered.clear()
  },
  expect: {
    leak: true,
    container: 'unanswered (Map)',
    leakedType: 'Delivery',
    pathIncludes: ['unanswered', 'Map'],
    allocatedIn: ['Delivery'],
    bytesPerUnit: 180
  }
}
