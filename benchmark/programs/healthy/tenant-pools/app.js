'use strict'
/** A pool of connections for each of 60 tenants, made at first use; buffers of 8 KB each, statements prepared once. */

class PooledConnection {
  constructor(tenant) {
    this.tenant = tenant
    this.buffer = Buffer.alloc(8192)
    this.statements = new Map()
  }

  query(text) {
    let statement = this.statements.get(text)
    if (statement === undefined) {
      statement = { text, name: `s${this.statements.size}`, columns: ['id', 'name'] }
      this.statements.set(text, statement)
    }
    return statement.columns.length
  }
}

class Pool {
  constructor(tenant, max) {
    this.tenant = tenant
    this.max = max
    this.idle = []
    this.made = 0
  }

  acquire() {
    if (this.idle.length > 0) return this.idle.shift()
    this.made++
    return new PooledConnection(this.tenant)
  }

  release(connection) {
    if (this.idle.length < this.max) this.idle.push(connection)
  }
}

const pools = new Map()
let seed = 21

function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 4294967296
}

async function request() {
  const tenant = Math.floor(60 ** random())
  let pool = pools.get(tenant)
  if (pool === undefined) {
    pool = new Pool(tenant, 5)
    pools.set(tenant, pool)
  }
  const connection = pool.acquire()
  await null
  const columns = connection.query(`select ${Math.floor(40 ** random())}`)
  pool.release(connection)
  return columns
}

module.exports = {
  name: 'tenant-pools',
  kind: 'pools',
  source: 'pattern: pools by tenant with prepared statements',
  verify: { n: 600, warmup: 5 },
  async setup() {
    return { columns: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k += 6) {
      const columns = await Promise.all(Array.from({ length: 6 }, request))
      ctx.columns += columns.length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'pools: 60 x 5 connections with 40 statements',
    pathIncludes: [],
    leakedType: null
  }
}
