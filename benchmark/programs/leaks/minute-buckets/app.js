'use strict'
/** Usage by minute and user: the buckets of minutes long gone are never removed. */

const usage = new Map()

class Usage {
  constructor() {
    this.requests = 0
    this.bytes = 0
    this.lastPath = null
  }
}

function count(i) {
  const minute = Math.floor(i / 200)
  let bucket = usage.get(minute)
  if (bucket === undefined) {
    bucket = new Map()
    usage.set(minute, bucket)
  }
  const user = `user-${(i * 31) % 40}`
  let entry = bucket.get(user)
  if (entry === undefined) {
    entry = new Usage()
    bucket.set(user, entry)
  }
  entry.requests++
  entry.bytes += i % 9000
  entry.lastPath = `/api/${i % 12}`
}

module.exports = {
  name: 'minute-buckets',
  kind: 'nested-containers',
  source: 'pattern: buckets by time without an end',
  verify: { n: 800, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) count(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'usage (Map minute -> Map user -> Usage)',
    pathIncludes: ['usage'],
    leakedType: 'Map',
    others: [{ pathIncludes: ['usage'], leakedType: 'Usage' }],
    allocatedIn: ['count', 'step', 'Usage']
  }
}
