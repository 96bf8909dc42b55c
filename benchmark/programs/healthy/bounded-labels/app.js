'use strict'
// Counters and histograms with labels from fixed sets (method, route, status, region). Rare combinations turn up late,
// and then there are no more.
const ROUTES = [
  '/',
  '/cart',
  '/order/:id',
  '/login',
  '/search',
  '/img/:id',
  '/api/v1/items',
  '/health'
]
const STATUSES = [200, 201, 204, 301, 302, 400, 401, 403, 404, 409, 422, 500, 502, 503]
const REGIONS = ['eu', 'us', 'ap', 'sa']

class Histogram {
  series = {}

  observe(labels, value) {
    const key = JSON.stringify(labels)
    this.series[key] ??= { labels, buckets: new Float64Array(12), count: 0, sum: 0 }
    const series = this.series[key]
    series.buckets[Math.min(11, Math.floor(Math.log2(value + 1)))]++
    series.count++
    series.sum += value
  }
}

const duration = new Histogram()

module.exports = {
  name: 'bounded-labels',
  kind: 'bounded-cache',
  source: 'pattern: metrics with bounded label sets',
  packages: {},
  verify: { n: 4000, warmup: 6, rounds: 14 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      const skewed = Math.floor(STATUSES.length * ((id * 0.618034) % 1) ** 2)
      duration.observe(
        {
          method: id % 5 === 0 ? 'POST' : 'GET',
          route: ROUTES[id % 8],
          status: STATUSES[skewed],
          region: REGIONS[(id >> 3) % 4]
        },
        (id * 7919) % 2000
      )
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'duration.series, 2 x 8 x 14 x 4 at most',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
