'use strict'
/** Each entry goes by a timer of its own, which is longer than one watches. */

const TTL_MS = 100_000
const pending = new Map()

function confirm(i) {
  const code = `code-${i}`
  pending.set(code, { user: i % 700, attempts: 0, mail: `u${i}@example.com` })
  setTimeout(() => pending.delete(code), TTL_MS).unref()
}

module.exports = {
  name: 'timer-per-entry',
  kind: 'filling',
  source: 'pattern: setTimeout(() => map.delete(key), TTL)',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) confirm(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'pending: those of 100 s', pathIncludes: [], leakedType: null }
}
