'use strict'
// Sessions arrive and leave at random, at the same rate: the number of open ones wanders around 2,000 and is at times
// higher several checks running, without a trend.
const sessions = new Map()

class Session {
  constructor(id) {
    this.id = id
    this.token = `token-${id}-${id * 31}`
    this.cart = [{ sku: id % 100, count: 1 }]
  }
}

module.exports = {
  name: 'random-walk',
  kind: 'equilibrium',
  source: 'pattern: arrivals and departures in equilibrium',
  packages: {},
  verify: { n: 1000, warmup: 8, rounds: 20 },
  async setup() {
    for (let id = -2000; id < 0; id++) sessions.set(id, new Session(id))
    return { seed: 2718, next: 0 }
  },
  async step(ctx, n) {
    const random = () => {
      ctx.seed = (Math.imul(ctx.seed, 1664525) + 1013904223) >>> 0
      return ctx.seed / 2 ** 32
    }
    const load = 1 + (random() - 0.5) * 0.15
    for (let i = 0; i < n; i++) {
      if (random() < 0.5 * load) sessions.set(ctx.next, new Session(ctx.next++))
      // Each open session has the same chance to end, which is what holds the level.
      if (random() < sessions.size / 4000) sessions.delete(sessions.keys().next().value)
    }
  },
  async teardown() {
    sessions.clear()
  },
  expect: {
    leak: false,
    container: 'about 2,000 sessions',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
