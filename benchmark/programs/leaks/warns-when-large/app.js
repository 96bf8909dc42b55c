'use strict'
/** A size is looked at, to warn of it: nothing is done about it. */

class Registry {
  constructor() {
    this.plugins = new Map()
    this.warned = false
  }

  register(name, hook) {
    this.plugins.set(name, { name, hook, calls: 0, options: { enabled: true, order: name.length } })
    if (this.plugins.size > 10_000 && !this.warned) {
      this.warned = true
      process.emitWarning('many plugins')
    }
  }
}

const registry = new Registry()

function mount(i) {
  registry.register(`plugin-${i}`, (request) => request.id === i)
}

module.exports = {
  name: 'warns-when-large',
  kind: 'masked',
  source: 'pattern: if (map.size > 10_000) warn()',
  verify: { n: 400, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) mount(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'registry.plugins (Map)',
    pathIncludes: ['plugins'],
    leakedType: 'Object',
    allocatedIn: ['register', 'mount', 'step']
  }
}
