'use strict'
// Nothing is a variable of the module: the server, its table of clients and the loop that reports are made in main().
const http = require('node:http')
const { once } = require('node:events')
const { setTimeout: sleep } = require('node:timers/promises')

class Visitor {
  constructor(request) {
    this.path = request.url
    this.agent = request.headers['user-agent'] ?? 'none'
    this.seen = [Date.now()]
  }
}

async function main(port) {
  const visitors = new Map()
  const server = http.createServer((request, response) => {
    visitors.set(request.url, new Visitor(request))
    response.end(`you are number ${visitors.size}`)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  report(visitors)
  return server
}

async function report(visitors) {
  let last = 0
  for (;;) {
    await sleep(500, undefined, { ref: false })
    last = visitors.size - last
  }
}

function get(ctx, path) {
  return new Promise((resolve, reject) => {
    const options = { port: ctx.port, host: '127.0.0.1', path, agent: ctx.agent }
    http
      .get(options, (response) => {
        response.resume()
        response.on('end', resolve)
      })
      .on('error', reject)
  })
}

module.exports = {
  name: 'server-in-main',
  kind: 'local-variable',
  source: 'pattern: a service whose state is in local variables of main()',
  packages: {},
  verify: { n: 200, warmup: 5 },
  async setup() {
    const server = await main(0)
    const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
    return { next: 0, agent, server, port: server.address().port }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i += 4) {
      await Promise.all([0, 1, 2, 3].map(() => get(ctx, `/from/${ctx.next++}`)))
    }
  },
  async teardown(ctx) {
    ctx.agent.destroy()
    ctx.server.close()
  },
  expect: {
    leak: true,
    container: 'visitors (Map), a local variable of main()',
    pathIncludes: ['visitors'],
    leakedType: 'Visitor',
    allocatedIn: ['Visitor', 'visitors.set', 'main']
  }
}
