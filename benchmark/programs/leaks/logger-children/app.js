'use strict'
/** A logger knows its children, to pass a change of level on to them; a child is made for every request. */

class Logger {
  constructor(bindings = {}, parent = null) {
    this.bindings = bindings
    this.level = parent?.level ?? 'info'
    this.children = []
    parent?.children.push(this)
  }

  child(bindings) {
    return new Logger({ ...this.bindings, ...bindings }, this)
  }

  setLevel(level) {
    this.level = level
    for (const child of this.children) child.setLevel(level)
  }

  info(message) {
    return JSON.stringify({ ...this.bindings, level: this.level, message }).length
  }
}

const logger = new Logger({ service: 'billing', pid: process.pid })
const httpLogger = logger.child({ module: 'http' })

function handle(i) {
  const log = httpLogger.child({ requestId: `r-${i}`, user: { id: i % 100, plan: 'free' } })
  return log.info('started') + log.info('done')
}

module.exports = {
  name: 'logger-children',
  kind: 'tree',
  source: 'pattern: a parent that knows its children',
  verify: { n: 500, warmup: 3 },
  async setup() {
    return { i: 0, bytes: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.bytes += handle(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'children (Array) of httpLogger (Logger)',
    pathIncludes: ['children'],
    leakedType: 'Logger',
    allocatedIn: ['child', 'Logger', 'handle']
  }
}
