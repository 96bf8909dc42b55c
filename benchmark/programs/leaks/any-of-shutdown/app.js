'use strict'
// AbortSignal.any([shutdown, own]) with an abort listener for each task. While the long-lived signal lives, the
// combined ones and what their listeners close over are kept.
const shutdown = new AbortController()

class Task {
  constructor(id) {
    this.id = id
    this.input = Array.from({ length: 20 }, (_, k) => `${id}/${k}`)
    this.cancelled = false
  }

  run() {
    const own = new AbortController()
    const signal = AbortSignal.any([shutdown.signal, own.signal])
    signal.addEventListener('abort', () => {
      this.cancelled = true
    })
    return this.input.length
  }
}

module.exports = {
  name: 'any-of-shutdown',
  kind: 'listeners',
  source: 'https://github.com/nodejs/node/issues/54614',
  packages: {},
  verify: { n: 150, warmup: 3, rounds: 10 },
  async setup() {
    require('node:events').setMaxListeners(0, shutdown.signal)
    return { next: 0, done: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.done += new Task(ctx.next++).run()
  },
  async teardown() {
    shutdown.abort()
  },
  expect: {
    leak: true,
    container:
      'set of AbortSignals kept for their source (gcPersistentSignals), each with an abort listener',
    leakedType: 'Task',
    pathIncludes: ['gcPersistentSignals'],
    allocatedIn: ['Task', 'run'],
    // The source keeps a weak reference to each of the signals that its own set holds.
    others: [
      {
        container: 'set of the signals that depend on the source (kDependantSignals)',
        leakedType: 'SafeWeakRef',
        pathIncludes: ['kDependantSignals']
      }
    ],
    bytesPerUnit: 2000
  }
}
