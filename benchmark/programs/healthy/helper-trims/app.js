'use strict'
/** Stores are kept small by a helper that is given them. */

function trim(store, most) {
  let over = store.size - most
  for (const key of store.keys()) {
    if (over-- <= 0) return
    store.delete(key)
  }
}

const geo = new Map()
const whois = new Map()

function enrich(i) {
  geo.set(`10.${i % 250}.${i}`, { country: 'de', city: `city ${i % 90}`, at: [i, i] })
  if (i % 3 === 0) whois.set(`as${i}`, { name: `network ${i}`, since: 1990 + (i % 30) })
  trim(geo, 7500)
  trim(whois, 2500)
}

module.exports = {
  name: 'helper-trims',
  kind: 'filling',
  source: 'pattern: trim(map, most) in a helper',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) enrich(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'geo: 7,500, whois: 2,500', pathIncludes: [], leakedType: null }
}
