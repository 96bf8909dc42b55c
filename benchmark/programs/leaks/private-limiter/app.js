'use strict'
// A rate limiter: hits by address in a private field. Addresses that never come back keep their entry.
const http = require('node:http')
const { close, fetchText, inParallel, listen } = require('../../lib/loopback')

class RateLimiter {
  #hits = new Map()

  allows(address) {
    const seen = this.#hits.get(address)
    if (seen === undefined) {
      this.#hits.set(address, { count: 1, window: [Date.now()] })
      return true
    }
    seen.window.push(Date.now())
    return ++seen.count < 100
  }
}

const limiter = new RateLimiter()

module.exports = {
  name: 'private-limiter',
  kind: 'collection',
  source: 'pattern: rate limiter without expiry',
  packages: {},
  verify: { n: 600, warmup: 4, rounds: 10 },
  async setup() {
    const server = http.createServer((request, response) => {
      const allowed = limiter.allows(request.headers['x-forwarded-for'] ?? request.url)
      response.writeHead(allowed ? 200 : 429).end('{"ok":true}')
    })
    return { server, port: await listen(server), next: 0 }
  },
  async step(ctx, n) {
    await inParallel(n, 8, () => fetchText(ctx.port, `/10.0.${ctx.next >> 8}.${ctx.next++ & 255}`))
  },
  async teardown(ctx) {
    await close(ctx.server)
  },
  expect: {
    leak: true,
    container: 'RateLimiter.#hits (private Map: address to counter)',
    leakedType: 'Object',
    pathIncludes: ['limiter', 'hits', 'Map'],
    allocatedIn: ['allows', 'http.createServer('],
    bytesPerUnit: 400
  }
}
