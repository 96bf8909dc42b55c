'use strict'
/** The newest first, and the array cut off at its end. */

const MOST = 7500
const recent = []

function visit(i) {
  recent.unshift({ id: i, path: `/item/${i}`, tags: ['a', 'b'], at: i * 3 })
  recent.length = Math.min(recent.length, MOST)
}

module.exports = {
  name: 'length-cut-off',
  kind: 'filling',
  source: 'pattern: unshift, and length = Math.min()',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) visit(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'recent: 7,500', pathIncludes: [], leakedType: null }
}
