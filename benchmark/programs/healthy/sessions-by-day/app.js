'use strict'
// Sessions live for twenty minutes after their last request, and the traffic follows the day: a day is 48 steps. The store
// grows all morning and shrinks all evening.
class Session {
  constructor(id, now) {
    this.id = id
    this.seenAt = now
    this.cart = [{ sku: `s${id % 97}`, count: 1 }]
  }
}

const sessions = new Map()
const STEPS_A_DAY = 48
const TTL = 2

module.exports = {
  name: 'sessions-by-day',
  kind: 'ttl-store',
  source: 'pattern: sessions with a TTL under a daily wave',
  packages: {},
  // The checks of benchmark/verdict.js see the height of the day; benchmark/field.js sees the morning as well.
  verify: { n: 900, warmup: 20, rounds: 60 },
  async setup() {
    return { now: 0, next: 0 }
  },
  async step(ctx, n) {
    ctx.now++
    const wave = 0.55 - 0.45 * Math.cos((2 * Math.PI * ctx.now) / STEPS_A_DAY)
    for (let i = 0; i < n * wave; i++) {
      const session = new Session(ctx.next++, ctx.now)
      sessions.set(session.id, session)
    }
    for (const [id, { seenAt }] of sessions) {
      if (ctx.now - seenAt < TTL) break
      sessions.delete(id)
    }
  },
  async teardown() {
    sessions.clear()
  },
  expect: {
    leak: false,
    container: 'sessions, each for two steps',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
