'use strict'
/** One reply is lost, so one job of one tenant never settles, and all that is queued behind it hangs on a chain of promises. */

const awaitingReply = new Map()

function call(id, isLost) {
  return new Promise((resolve) => {
    awaitingReply.set(id, resolve)
    if (!isLost) setImmediate(reply, id)
  })
}

function reply(id) {
  const resolve = awaitingReply.get(id)
  awaitingReply.delete(id)
  resolve(id)
}

class SerialQueue {
  constructor() {
    this.tail = Promise.resolve()
  }

  push(job) {
    const result = this.tail.then(() => job.run())
    this.tail = result.catch(() => {})
    return result
  }
}

class SyncJob {
  constructor(tenant, i) {
    this.tenant = tenant
    this.rows = Array.from({ length: 8 }, (_, row) => ({ id: i * 8 + row, dirty: true }))
    this.id = i
    this.isLost = i === 51
  }

  run() {
    return call(this.id, this.isLost).then(() => this.rows.length)
  }
}

const queues = new Map()
let _done = 0

function enqueue(i) {
  const tenant = i % 12
  let queue = queues.get(tenant)
  if (queue === undefined) {
    queue = new SerialQueue()
    queues.set(tenant, queue)
  }
  queue.push(new SyncJob(tenant, i)).then((rows) => {
    _done += rows
  })
}

module.exports = {
  name: 'serial-queue-hung',
  kind: 'promise-chain',
  source: 'https://github.com/cube-js/cube/issues/4308',
  verify: { n: 1200, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      enqueue(ctx.i++)
      if (k % 12 === 0) await new Promise(setImmediate)
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'chain of promises behind the one that awaitingReply (Map) resolves',
    pathIncludes: ['awaitingReply'],
    leakedType: 'SyncJob',
    allocatedIn: ['push', 'enqueue', 'SyncJob']
  }
}
