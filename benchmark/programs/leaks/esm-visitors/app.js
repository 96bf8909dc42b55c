'use strict'
// The store is a top-level variable of an ES module: no module.exports, no require cache lead to it.
module.exports = {
  name: 'esm-visitors',
  kind: 'collection',
  source: 'pattern: module state of an ES module',
  packages: {},
  verify: { n: 700, warmup: 3, rounds: 10 },
  async setup() {
    const { greet } = await import('./visitors.mjs')
    return { greet, next: 0, length: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.length += ctx.greet(`visitor-${ctx.next++}`).length
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'visitors (top-level Map of visitors.mjs)',
    leakedType: 'Visitor',
    pathIncludes: ['visitors', 'Map'],
    allocatedIn: ['Visitor', 'greet'],
    bytesPerUnit: 330
  }
}
