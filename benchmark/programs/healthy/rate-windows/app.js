'use strict'
// A rate limiter with two windows: hits of this window and of the one before. The window moves every second round, so
// that the current one always grows until it is dropped.
class SlidingWindow {
  current = new Map()
  previous = new Map()

  hit(address) {
    const entry = this.current.get(address) ?? { count: 0, first: address.length }
    entry.count++
    this.current.set(address, entry)
    return entry.count + (this.previous.get(address)?.count ?? 0)
  }

  move() {
    this.previous = this.current
    this.current = new Map()
  }
}

const limiter = new SlidingWindow()

module.exports = {
  name: 'rate-windows',
  kind: 'sawtooth',
  source: 'pattern: sliding window of two maps',
  packages: {},
  verify: { n: 900, warmup: 6, rounds: 14 },
  async setup() {
    return { round: 0, next: 0, most: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      ctx.most = Math.max(ctx.most, limiter.hit(`10.${ctx.round & 255}.${i >> 8}.${i & 255}`))
    if (++ctx.round % 2 === 0) limiter.move()
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'two windows',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
