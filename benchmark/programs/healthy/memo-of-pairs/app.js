'use strict'
// A memoised distance between cities, 70 by 70. Requests favour the big cities, so that the first steps fill most of
// the table and later ones a rest that gets ever smaller: growth that slows down and ends.
const CITIES = 70

function memoise(work) {
  const known = new Map()
  return (from, to) => {
    const key = from * CITIES + to
    let value = known.get(key)
    if (value === undefined) {
      value = work(from, to)
      known.set(key, value)
    }
    return value
  }
}

const route = memoise((from, to) => ({
  from,
  to,
  legs: Array.from({ length: 4 }, (_, k) => ({ k, at: (from * k + to) % CITIES }))
}))

module.exports = {
  name: 'memo-of-pairs',
  kind: 'bounded-cache',
  source: 'pattern: memoise over a bounded domain',
  packages: {},
  verify: { n: 6000, warmup: 6, rounds: 14 },
  async setup() {
    return { seed: 7, legs: 0 }
  },
  async step(ctx, n) {
    const city = () => {
      ctx.seed = (Math.imul(ctx.seed, 1664525) + 1013904223) >>> 0
      return Math.floor(CITIES * (ctx.seed / 2 ** 32) ** 1.3)
    }
    for (let i = 0; i < n; i++) ctx.legs += route(city(), city()).legs.length
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'memo table, 4,900 entries at most',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
