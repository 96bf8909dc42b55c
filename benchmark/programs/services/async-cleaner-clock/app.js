'use strict'
/** An endless async function sleeps, and then deletes what is older than 90 s. */

const { setTimeout: sleep } = require('node:timers/promises')

const leases = new Map()

async function clean() {
  for (;;) {
    await sleep(500, undefined, { ref: false })
    const now = Date.now()
    for (const [id, lease] of leases) {
      if (lease.until > now) break
      leases.delete(id)
    }
  }
}

clean()

function lease(i) {
  leases.set(`lease-${i}`, { holder: `worker-${i % 8}`, until: Date.now() + 90_000, renewals: [] })
}

module.exports = {
  name: 'async-cleaner-clock',
  kind: 'filling',
  source: 'pattern: for (;;) { await sleep(); ... }',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) lease(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'leases: those of 90 s', pathIncludes: [], leakedType: null }
}
