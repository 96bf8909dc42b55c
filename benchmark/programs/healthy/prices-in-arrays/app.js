'use strict'
// Prices by product: keys, values and the order of use in arrays, as the fast caches have it, and a Map from key to place.
class Prices {
  #limit
  #placeOf = new Map()
  #keys = []
  #values = []
  #next = []
  #newest = -1

  constructor(limit) {
    this.#limit = limit
  }

  set(key, value) {
    let place = this.#placeOf.get(key)
    if (place === undefined) {
      place = this.#keys.length < this.#limit ? this.#added() : this.#oldest()
      this.#keys[place] = key
      this.#placeOf.set(key, place)
      this.#newest = place
    }
    this.#values[place] = value
  }

  /** In a ring: what comes after the newest is the oldest. */
  #added() {
    const place = this.#keys.length
    const newest = Math.max(this.#newest, 0)
    this.#next[place] = this.#next[newest] ?? 0
    this.#next[newest] = place
    return place
  }

  #oldest() {
    const place = this.#next[this.#newest]
    this.#placeOf.delete(this.#keys[place])
    return place
  }
}

const prices = new Prices(6000)

module.exports = {
  name: 'prices-in-arrays',
  kind: 'filling-cache',
  source: 'pattern: linked LRU in parallel arrays, with its bound in a private field',
  packages: {},
  verify: { n: 400, warmup: 2, rounds: 20 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      prices.set({ product: id, shop: `shop ${id}` }, { amount: id, text: `${id} `.repeat(40) })
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'prices, bounded at 6,000',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
