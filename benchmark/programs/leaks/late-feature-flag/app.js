'use strict'
/** Healthy for a long while; then a flag turns on a path that keeps every quote. */

class Quote {
  constructor(i) {
    this.sku = `sku-${i % 400}`
    this.price = 10 + (i % 90)
    this.rules = [
      { name: 'vat', rate: 0.2 },
      { name: 'season', rate: (i % 7) / 100 }
    ]
    this.id = i
  }
}

class PricingService {
  constructor(flags) {
    this.flags = flags
    this.prices = new Map()
    this.explanations = []
  }

  price(i) {
    const quote = new Quote(i)
    this.prices.set(quote.sku, quote.price)
    if (this.flags.explainPrices) this.explanations.push(quote)
    return quote.price
  }
}

const flags = { explainPrices: false }
const N = 800
const STARTS_AFTER = 12 * N
const service = new PricingService(flags)

module.exports = {
  name: 'late-feature-flag',
  kind: 'late-start',
  source: 'pattern: a leak behind a flag that is turned on while the service runs',
  verify: { n: N, warmup: 12 },
  async setup() {
    return { i: 0, sum: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      if (ctx.i === STARTS_AFTER) flags.explainPrices = true
      ctx.sum += service.price(ctx.i++)
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'service.explanations (Array)',
    pathIncludes: ['explanations'],
    leakedType: 'Quote',
    allocatedIn: ['price', 'Quote']
  }
}
