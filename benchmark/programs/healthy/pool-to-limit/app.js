'use strict'
// A pool of TCP connections that opens one more whenever all are busy, up to 24, while the load of the warm-up rises.
// From then on connections are reused.
const net = require('node:net')
const { once } = require('node:events')
const { inParallel, listen } = require('../../lib/loopback')

class ConnectionPool {
  #idle = []
  #waiting = []
  #open = 0

  constructor(port, limit) {
    this.port = port
    this.limit = limit
  }

  async query(text) {
    const connection = await this.#acquire()
    connection.write(`${text}\n`)
    const [answer] = await once(connection, 'data')
    const next = this.#waiting.shift()
    if (next === undefined) this.#idle.push(connection)
    else next(connection)
    return answer.length
  }

  async #acquire() {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#open < this.limit) {
      this.#open++
      const connection = net.connect(this.port, '127.0.0.1')
      await once(connection, 'connect')
      return connection
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  end() {
    for (const connection of this.#idle) connection.destroy()
  }
}

module.exports = {
  name: 'pool-to-limit',
  kind: 'pool',
  source: 'pattern: connection pool',
  packages: {},
  verify: { n: 200, warmup: 8, rounds: 14 },
  async setup() {
    const server = net.createServer((peer) =>
      peer.on('data', (text) => peer.write(text.toString().toUpperCase()))
    )
    const port = await listen(server)
    return { server, pool: new ConnectionPool(port, 24), round: 0, bytes: 0 }
  },
  async step(ctx, n) {
    const width = Math.min(40, 4 * ++ctx.round)
    await inParallel(n, width, async (i) => {
      ctx.bytes += await ctx.pool.query(`select ${i} from orders where total > ${i * 2}`)
    })
  },
  async teardown(ctx) {
    ctx.pool.end()
    ctx.server.close()
  },
  expect: {
    leak: false,
    container: 'pool of at most 24 connections',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
