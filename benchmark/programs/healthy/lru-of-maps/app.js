'use strict'
// An LRU cache on a plain Map (delete and set again), bounded at 4,000 entries. It fills all through the warm-up, is
// full with its last step, and replaces entries from then on.
class LeastRecentlyUsed {
  #entries = new Map()

  constructor(limit) {
    this.limit = limit
  }

  get(key, make) {
    let value = this.#entries.get(key)
    if (value === undefined) value = make(key)
    else this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.limit) this.#entries.delete(this.#entries.keys().next().value)
    return value
  }
}

const articles = new LeastRecentlyUsed(4000)

module.exports = {
  name: 'lru-of-maps',
  kind: 'bounded-cache',
  source: 'pattern: LRU on insertion order of a Map',
  packages: {},
  verify: { n: 500, warmup: 8, rounds: 14 },
  async setup() {
    return { next: 0, length: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      const article = articles.get(`a${id}`, (key) => ({
        key,
        text: `${key} `.repeat(10),
        words: [id, id + 1]
      }))
      ctx.length += article.text.length
      if (i % 5 === 0)
        articles.get(`a${Math.max(0, id - 300)}`, (key) => ({ key, text: '', words: [] }))
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'articles, bounded at 4,000',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
