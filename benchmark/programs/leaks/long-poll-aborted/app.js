'use strict'
/** Real HTTP: a long poll that the client gives up on stays among the waiting. */
const http = require('node:http')
const { once } = require('node:events')

const waiting = []

function onRequest(request, response) {
  if (request.url.startsWith('/poll')) {
    waiting.push({ response, since: Date.now(), topic: request.url.slice(6) })
    if (waiting.length % 2 === 0) response.write(' ')
    return
  }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ waiting: 0, text: 'x'.repeat(400) }))
}

function get(port, path, agent) {
  return new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', path, agent }, (response) => {
      response.resume()
      response.on('end', resolve)
      response.on('error', resolve)
    })
    request.on('error', resolve)
  })
}

async function giveUp(port, i) {
  const request = http.get({ port, host: '127.0.0.1', path: `/poll/${i}`, agent: false })
  request.on('error', () => {})
  await once(request, 'socket')
  await new Promise((resolve) => setTimeout(resolve, 2))
  request.destroy()
}

module.exports = {
  name: 'long-poll-aborted',
  kind: 'http',
  source: 'pattern: a waiting response without a close listener',
  verify: { n: 150, warmup: 5 },
  async setup() {
    const server = http.createServer(onRequest)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { i: 0, server, agent: new http.Agent({ keepAlive: true }), port: server.address().port }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      const i = ctx.i++
      if (i % 6 === 0) await giveUp(ctx.port, i)
      else await get(ctx.port, `/item/${i}`, ctx.agent)
    }
  },
  async teardown(ctx) {
    ctx.agent.destroy()
    ctx.server.close()
  },
  expect: {
    leak: true,
    container: 'waiting (Array)',
    pathIncludes: ['waiting'],
    leakedType: 'Object',
    others: [{ pathIncludes: ['response'], leakedType: 'ServerResponse' }],
    allocatedIn: ['onRequest']
  }
}
