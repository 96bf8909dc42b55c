'use strict'
/** Two stores, of which the limit is for one: the other has none. */

class Visit {
  constructor(i) {
    this.id = i
    this.page = `/p/${i % 50}`
    this.referrer = { host: 'example.com', path: `/${i}` }
  }
}

class Analytics {
  constructor(max) {
    this.max = max
    this.recent = []
    this.visitsById = new Map()
  }

  add(visit) {
    this.visitsById.set(visit.id, visit)
    this.recent.push(visit.page)
    if (this.recent.length > this.max) this.recent.shift()
  }
}

const analytics = new Analytics(500)

function track(i) {
  analytics.add(new Visit(i))
}

module.exports = {
  name: 'cap-on-the-other',
  kind: 'masked',
  source: 'pattern: a limit that is for another store of the class',
  verify: { n: 400, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) track(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'analytics.visitsById (Map)',
    pathIncludes: ['visitsById'],
    leakedType: 'Visit',
    allocatedIn: ['add', 'track', 'Visit']
  }
}
