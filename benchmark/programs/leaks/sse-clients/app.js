'use strict'
// Server-sent events with express: each client's response goes into a Set. When the client goes away, the handler for
// 'close' removes the wrong object.
const express = require('express')
const http = require('node:http')
const { once } = require('node:events')
const { close, inParallel, listen } = require('../../lib/loopback')

const hub = { clients: new Set(), sent: 0 }

function openAndLeave(port) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/events', agent: false })
    request.on('error', reject)
    request.on('response', async (response) => {
      await once(response, 'data')
      response.destroy()
      resolve()
    })
  })
}

module.exports = {
  name: 'sse-clients',
  kind: 'collection',
  source: 'pattern: expressjs/express#5229 (which requests are kept)',
  packages: { express: '5' },
  verify: { n: 30, warmup: 5, rounds: 10 },
  async setup() {
    const app = express()
    app.get('/events', (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: hello\n\n')
      hub.clients.add(response)
      request.on('close', () => hub.clients.delete(request))
    })
    const server = http.createServer(app)
    return { server, port: await listen(server) }
  },
  async step(ctx, n) {
    await inParallel(n, 6, () => openAndLeave(ctx.port))
  },
  async teardown(ctx) {
    hub.clients.clear()
    await close(ctx.server)
  },
  expect: {
    leak: true,
    container: 'hub.clients (Set of ServerResponse)',
    leakedType: 'ServerResponse',
    pathIncludes: ['hub', 'clients', 'Set'],
    allocatedIn: ["app.get('/events'"],
    bytesPerUnit: 14_000
  }
}
