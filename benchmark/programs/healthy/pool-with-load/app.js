'use strict'
// A pool of connections, each with its buffers: as many as the load needs, up to 80, closed after four quiet steps. The load
// rises and falls.
class Connection {
  constructor(id) {
    this.id = id
    this.statements = Array.from({ length: 60 }, (_, k) => ({ name: `q${k}`, plan: [id, k] }))
    this.idleFor = 0
  }
}

const pool = []
const MOST = 80
const IDLE = 4

module.exports = {
  name: 'pool-with-load',
  kind: 'pool',
  source: 'pattern: connection pool with idle time',
  packages: {},
  verify: { n: 400, warmup: 12, rounds: 36 },
  async setup() {
    return { now: 0, next: 0, done: 0 }
  },
  async step(ctx, n) {
    const load = 0.55 - 0.45 * Math.cos((2 * Math.PI * ctx.now++) / 30)
    const needed = Math.min(MOST, Math.ceil((n * load) / 5))
    while (pool.length < needed) pool.push(new Connection(ctx.next++))
    for (const [at, connection] of pool.entries()) {
      connection.idleFor = at < needed ? 0 : connection.idleFor + 1
      if (at < needed) ctx.done += connection.statements.length
    }
    while (pool.length > 0 && pool.at(-1).idleFor >= IDLE) pool.pop()
  },
  async teardown() {
    pool.length = 0
  },
  expect: {
    leak: false,
    container: 'pool, of 80 at most',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
