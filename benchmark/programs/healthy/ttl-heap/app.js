'use strict'
// Entries live for three rounds. A binary heap by expiry beside the Map finds the ones to drop, some on every insert.
class ExpiringStore {
  #values = new Map()
  #heap = []

  set(key, value, expires) {
    this.#values.set(key, value)
    this.#heap.push({ key, expires })
    for (let i = this.#heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (this.#heap[parent].expires <= this.#heap[i].expires) break
      ;[this.#heap[parent], this.#heap[i]] = [this.#heap[i], this.#heap[parent]]
      i = parent
    }
  }

  expire(now) {
    while (this.#heap.length > 0 && this.#heap[0].expires <= now) {
      this.#values.delete(this.#heap[0].key)
      const last = this.#heap.pop()
      if (this.#heap.length > 0) this.#sink(last)
    }
  }

  #sink(entry) {
    this.#heap[0] = entry
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#heap.length && this.#heap[child].expires < this.#heap[least].expires)
          least = child
      }
      if (least === i) return
      ;[this.#heap[least], this.#heap[i]] = [this.#heap[i], this.#heap[least]]
      i = least
    }
  }
}

const store = new ExpiringStore()

module.exports = {
  name: 'ttl-heap',
  kind: 'ttl-store',
  source: 'pattern: TTL with a heap of expiries',
  packages: {},
  verify: { n: 800, warmup: 6, rounds: 14 },
  async setup() {
    return { clock: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const now = ctx.clock++
      store.expire(now)
      store.set(`k${now}`, { now, text: `value ${now}` }, now + 3 * n - (now % 50))
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'store, entries live three rounds',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
