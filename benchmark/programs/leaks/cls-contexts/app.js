'use strict'
/** Continuation-local storage on async_hooks: contexts by async id, removed on destroy, of which one path has none. */
const { createHook, executionAsyncId } = require('node:async_hooks')

class Namespace {
  constructor() {
    this.contexts = new Map()
    this.active = null
  }

  enable() {
    createHook({
      init: (asyncId, type) => {
        if (this.active !== null && type === 'Immediate') this.contexts.set(asyncId, this.active)
      },
      before: (asyncId) => {
        this.active = this.contexts.get(asyncId) ?? null
      },
      after: () => {
        this.active = null
      }
    }).enable()
  }

  run(context, fn) {
    this.active = context
    try {
      return fn()
    } finally {
      this.active = null
    }
  }
}

const namespace = new Namespace()

function handle(i) {
  return new Promise((resolve) => {
    namespace.run({ requestId: i, user: `u${i % 80}`, tags: [] }, () => {
      setImmediate(() => resolve(namespace.active?.requestId ?? executionAsyncId()))
    })
  })
}

module.exports = {
  name: 'cls-contexts',
  kind: 'async-context',
  source: 'https://github.com/Jeff-Lewis/cls-hooked/issues/63',
  verify: { n: 400, warmup: 3 },
  async setup() {
    namespace.enable()
    return { i: 0, sum: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.sum += await handle(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'namespace.contexts (Map)',
    pathIncludes: ['contexts'],
    leakedType: 'Object',
    allocatedIn: ['init', 'handle', 'run', 'step']
  }
}
