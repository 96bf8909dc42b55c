'use strict'
/** A list that is filtered by age, with the age in a function of its own. */

let online = []

function isFresh(session) {
  return session.seen > Date.now() - 90_000
}

function heartbeat(i) {
  online.push({ id: i, seen: Date.now(), device: `d${i % 90}`, ip: [10, 0, i % 250, 1] })
  if (i % 100 === 0) online = online.filter(isFresh)
}

module.exports = {
  name: 'filtered-by-clock',
  kind: 'filling',
  source: 'pattern: items = items.filter(isFresh)',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) heartbeat(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'online: those of 90 s', pathIncludes: [], leakedType: null }
}
