'use strict'
// Everything waits for `ready` before it works; ready never settles because the replica never answers. The waiters are
// a chain of reactions on one promise, with no collection anywhere.
const replica = { ready: new Promise(() => {}), lag: 0 }

async function queryReplica(sql) {
  const statement = { sql, parameters: [sql.length, 'now'], columns: ['id', 'name', 'at'] }
  await replica.ready
  return statement
}

module.exports = {
  name: 'startup-gate',
  kind: 'promises',
  source: 'pattern: await on a promise that never settles (nodejs/node#17469 is the race form)',
  packages: {},
  verify: { n: 400, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) void queryReplica(`select ${ctx.next++}`)
    await null
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'reactions of the pending promise replica.ready',
    leakedType: 'Promise',
    pathIncludes: ['replica', 'ready'],
    allocatedIn: ['queryReplica'],
    bytesPerUnit: 500
  }
}
