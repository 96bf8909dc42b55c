'use strict'
/** A history that is pruned now and then, by a fixed number that is less than what has come since. */

class AuditEntry {
  constructor(i) {
    this.at = i
    this.actor = `user-${i % 300}`
    this.action = i % 2 === 0 ? 'read' : 'update'
    this.detail = { resource: `doc/${i}`, fields: ['title', 'body'] }
  }
}

const history = []
const PRUNE_EVERY = 2000
const PRUNE_BY = 1200

function record(i) {
  history.push(new AuditEntry(i))
  if (i % PRUNE_EVERY === 0 && i > 0) history.splice(0, PRUNE_BY)
}

function suspicious(actor) {
  let reads = 0
  for (let at = Math.max(0, history.length - 200); at < history.length; at++) {
    if (history[at].actor === actor) reads++
  }
  return reads > 50
}

module.exports = {
  name: 'prune-too-little',
  kind: 'sawtooth',
  source: 'pattern: a prune that removes less than is added',
  verify: { n: 1300, warmup: 3 },
  async setup() {
    return { i: 0, alarms: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      record(ctx.i)
      if (suspicious(`user-${ctx.i++ % 300}`)) ctx.alarms++
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'history (Array)',
    pathIncludes: ['history'],
    leakedType: 'AuditEntry',
    allocatedIn: ['record', 'AuditEntry']
  }
}
