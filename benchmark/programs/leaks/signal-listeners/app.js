'use strict'
// addEventListener(..., { signal }) is to remove the listener with an abort. Up to Node 24 the removal hangs on a weak
// reference that the next such listener of the same target overwrites: after a collection, earlier ones stay for good.
const v8 = require('node:v8')
const vm = require('node:vm')

const clock = new EventTarget()
const present = []

class Viewer {
  constructor(id) {
    this.id = id
    this.ticks = []
    this.leaving = new AbortController()
    clock.addEventListener('tick', () => this.ticks.push(id), { signal: this.leaving.signal })
  }

  leave() {
    this.leaving.abort()
  }
}

const affected = Number(process.versions.node.split('.')[0]) < 26

module.exports = {
  name: 'signal-listeners',
  kind: 'listeners',
  source: 'measured: Node 20, 22 and 24 keep them, Node 26 does not',
  packages: {},
  verify: { n: 150, warmup: 5, rounds: 10 },
  async setup() {
    require('node:events').setMaxListeners(0, clock)
    v8.setFlagsFromString('--expose-gc')
    return { next: 0, collect: vm.runInNewContext('gc') }
  },
  async step(ctx, n) {
    ctx.collect() // as happens by itself, only not so regularly
    for (let i = 0; i < n; i++) {
      present.push(new Viewer(ctx.next++))
      while (present.length > 150) present.shift().leave()
    }
  },
  async teardown() {
    for (const viewer of present) viewer.leave()
  },
  expect: {
    leak: affected,
    container: "'tick' listeners of clock (EventTarget)",
    leakedType: 'Viewer',
    pathIncludes: ['clock', 'kEvents', 'Listener'],
    allocatedIn: ['Viewer'],
    bytesPerUnit: 1200
  }
}
