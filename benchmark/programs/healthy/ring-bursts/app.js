'use strict'
// The last 3,000 events in a ring buffer. Traffic comes in bursts, so that a round replaces few slots or all of them,
// and events differ in size.
class Ring {
  #slots
  #at = 0

  constructor(capacity) {
    this.#slots = new Array(capacity).fill(null)
  }

  push(event) {
    this.#slots[this.#at] = event
    this.#at = (this.#at + 1) % this.#slots.length
  }

  *recent() {
    for (const event of this.#slots) if (event !== null) yield event
  }
}

const events = new Ring(3000)
const bursts = [0.1, 3, 0.5, 0.2, 2, 1, 0.3]

module.exports = {
  name: 'ring-bursts',
  kind: 'ring',
  source: 'pattern: ring buffer under bursts',
  packages: {},
  verify: { n: 1000, warmup: 6, rounds: 14 },
  async setup() {
    return { round: 0, next: 0, alarms: 0 }
  },
  async step(ctx, n) {
    const count = Math.round(n * bursts[ctx.round++ % bursts.length])
    for (let i = 0; i < count; i++) {
      const id = ctx.next++
      events.push({
        id,
        level: id % 4,
        fields: Array.from({ length: 1 + (id % 6) }, (_, k) => `f${k}=${id}`)
      })
    }
    for (const event of events.recent()) if (event.level === 3) ctx.alarms++
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'events, 3,000 slots',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
