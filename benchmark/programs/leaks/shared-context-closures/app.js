'use strict'
/** Two closures share a context: the one that is never called keeps the one before alive, generation after generation. */

let status = null

function refresh(i) {
  const previous = status
  function audit() {
    return previous === null ? 0 : previous.version
  }
  const table = Array.from({ length: 12 }, (_, k) => ({ name: `flag-${k}`, on: (i + k) % 2 === 0 }))
  status = {
    version: i,
    table,
    isOn(name) {
      return table.some((flag) => flag.name === name && flag.on)
    }
  }
  return audit
}

module.exports = {
  name: 'shared-context-closures',
  kind: 'closure-chain',
  source: 'https://blog.meteor.com/an-interesting-kind-of-javascript-memory-leak-8b47d2e7f156',
  verify: { n: 120, warmup: 3 },
  async setup() {
    return { i: 0, on: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      refresh(ctx.i++)
      for (let f = 0; f < 12; f++) if (status.isOn(`flag-${f}`)) ctx.on++
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'a chain from status: context of refresh -> previous -> ...',
    pathIncludes: ['status', 'isOn'],
    leakedType: null,
    allocatedIn: ['refresh', 'step']
  }
}
