'use strict'
// Audit records are to be written later, in the context of their request: AsyncLocalStorage.snapshot() per request, in
// a list that is only flushed when somebody asks. Each keeps the store of its request.
const { AsyncLocalStorage } = require('node:async_hooks')

class RequestScope {
  constructor(id) {
    this.id = id
    this.user = { name: `user ${id}`, roles: ['reader', 'buyer', `team-${id % 9}`] }
    this.trace = []
  }
}

const scopes = new AsyncLocalStorage()
const audit = { pending: [], written: 0 }

async function load(id) {
  scopes.getStore().trace.push(`load ${id}`)
  await null
  audit.pending.push(AsyncLocalStorage.snapshot())
}

module.exports = {
  name: 'audit-snapshots',
  kind: 'async-context',
  source: 'pattern: AsyncLocalStorage stores kept (openclaw/openclaw#141122)',
  packages: {},
  verify: { n: 300, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      await scopes.run(new RequestScope(id), load, id)
    }
  },
  async teardown() {
    audit.pending.length = 0
  },
  expect: {
    leak: true,
    container: 'audit.pending (Array of snapshot functions, each holding a RequestScope)',
    leakedType: 'RequestScope',
    pathIncludes: ['audit', 'pending'],
    allocatedIn: ['load', 'RequestScope'],
    bytesPerUnit: 900
  }
}
