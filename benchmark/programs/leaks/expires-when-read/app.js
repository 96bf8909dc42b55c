'use strict'
/** Entries expire when they are asked for again, and most never are. */

class TtlCache {
  constructor(ttlMs) {
    this.ttlMs = ttlMs
    this.entries = new Map()
  }

  get(key) {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expires < Date.now()) {
      this.entries.delete(key)
      return undefined
    }
    return entry.value
  }

  set(key, value) {
    this.entries.set(key, { value, expires: Date.now() + this.ttlMs })
  }
}

const cache = new TtlCache(20_000)

function search(i) {
  const key = `q=${i % 4 === 0 ? i % 100 : i}`
  if (cache.get(key) === undefined) cache.set(key, { key, hits: [i, i + 1, i + 2] })
}

module.exports = {
  name: 'expires-when-read',
  kind: 'masked',
  source: 'pattern: a TTL that is looked at on get() only',
  verify: { n: 400, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) search(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'cache.entries (Map)',
    pathIncludes: ['entries'],
    leakedType: 'Object',
    allocatedIn: ['set', 'search', 'step']
  }
}
