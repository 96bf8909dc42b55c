'use strict'
/** Response times kept for percentiles, per route, and never reset: eight bytes each, no object among them. */

class RouteStats {
  constructor(route) {
    this.route = route
    this.timings = []
  }

  observe(ms) {
    this.timings.push(ms)
  }

  max() {
    return this.timings.at(-1)
  }
}

const routes = new Map(Array.from({ length: 15 }, (_, i) => [`/r${i}`, new RouteStats(`/r${i}`)]))

function request(i) {
  const stats = routes.get(`/r${(i * i) % 15}`)
  const body = JSON.stringify(Array.from({ length: 25 }, (_, k) => ({ k, at: i })))
  stats.observe(0.1 + (i % 1000) / 7)
  return body.length
}

module.exports = {
  name: 'response-times',
  kind: 'numbers',
  source: 'pattern: timings kept for percentiles',
  verify: { n: 2500, warmup: 3 },
  async setup() {
    return { i: 0, bytes: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.bytes += request(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'timings (Array of numbers) of the RouteStats in routes (Map)',
    pathIncludes: ['timings'],
    leakedType: 'number',
    allocatedIn: ['observe', 'request']
  }
}
