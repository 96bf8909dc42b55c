'use strict'
// A cache of 50,000 products whose keys are asked for by popularity (the cube of a uniform number): it fills fast at first
// and ever more slowly, for some sixty steps, and never passes its bound.
class Product {
  constructor(id) {
    this.id = id
    this.price = { amount: id % 1000, currency: 'EUR' }
  }
}

const CATALOGUE = 60_000
const LIMIT = 50_000
const products = new Map()

/** Numbers from 0 to 1 that are the same in every run. */
function* numbers() {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    yield (state >>> 0) / 2 ** 32
  }
}

module.exports = {
  name: 'lru-of-50000',
  kind: 'bounded-cache',
  source: 'pattern: LRU that fills for an hour',
  packages: {},
  verify: { n: 4000, warmup: 60, rounds: 14 },
  async setup() {
    return { random: numbers(), hits: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = Math.floor(CATALOGUE * ctx.random.next().value ** 3)
      const found = products.get(id)
      if (found === undefined) products.set(id, new Product(id))
      else {
        ctx.hits++
        products.delete(id)
        products.set(id, found)
      }
      if (products.size > LIMIT) products.delete(products.keys().next().value)
    }
  },
  async teardown() {
    products.clear()
  },
  expect: {
    leak: false,
    container: 'products, bounded at 50,000',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
