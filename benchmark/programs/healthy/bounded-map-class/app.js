'use strict'
/** A Map that keeps itself small, by a set() of its own. */

class BoundedMap extends Map {
  constructor(limit) {
    super()
    this.limit = limit
  }

  set(key, value) {
    if (this.size >= this.limit && !this.has(key)) this.delete(this.keys().next().value)
    return super.set(key, value)
  }
}

const tokens = new BoundedMap(7500)

function verify(i) {
  const token = `tok_${i}`
  if (!tokens.has(token)) tokens.set(token, { user: i % 900, scopes: ['read'], verifiedAt: i })
}

module.exports = {
  name: 'bounded-map-class',
  kind: 'filling',
  source: 'pattern: class BoundedMap extends Map',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) verify(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'tokens: 7,500', pathIncludes: [], leakedType: null }
}
