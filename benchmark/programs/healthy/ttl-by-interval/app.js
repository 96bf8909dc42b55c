'use strict'
// Codes that were sent by mail live for four rounds. A timer looks through the Map from its front; neither it nor anything
// beside it has a name that says so.
const LIFE = 4
const codes = new Map()
const clock = { round: 0 }

function look() {
  for (const [key, { sent }] of codes) {
    if (clock.round - sent < LIFE) break
    codes.delete(key)
  }
}

module.exports = {
  name: 'ttl-by-interval',
  kind: 'ttl-store',
  source: 'pattern: TTL swept by a timer, without a telling name',
  packages: {},
  verify: { n: 700, warmup: 6, rounds: 14 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      codes.set(`code ${id}`, { sent: clock.round, text: `${id} `.repeat(30) })
    }
    clock.round++
    await new Promise((resolve) => setTimeout(resolve, 1))
    look()
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'codes, that live for four rounds',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
