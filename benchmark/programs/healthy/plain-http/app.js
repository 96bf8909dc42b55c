'use strict'
// A JSON API on node:http at steady load: routing table, sessions that expire by number, request bodies, a write-behind
// cache of the last 300 orders, errors, keep-alive connections.
const http = require('node:http')
const { close, fetchText, inParallel, listen } = require('../../lib/loopback')

const orders = new Map()
const tokens = new Map()

function remember(order) {
  orders.set(order.id, order)
  if (orders.size > 300) orders.delete(orders.keys().next().value)
}

async function bodyOf(request) {
  const parts = []
  for await (const part of request) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString())
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://local')
  if (request.method === 'POST') {
    const order = await bodyOf(request)
    remember(order)
    return { saved: order.id }
  }
  if (pathname === '/login') {
    const token = `t${searchParams.get('user')}`
    tokens.set(token, { at: tokens.size, user: searchParams.get('user') })
    if (tokens.size > 100) tokens.delete(tokens.keys().next().value)
    return { token }
  }
  if (pathname === '/fail') throw new Error(`refused ${searchParams.get('i')}`)
  return { order: orders.get(Number(searchParams.get('id'))) ?? null }
}

module.exports = {
  name: 'plain-http',
  kind: 'steady-server',
  source: 'pattern: HTTP service at steady load',
  packages: {},
  verify: { n: 400, warmup: 8, rounds: 14 },
  async setup() {
    const server = http.createServer((request, response) => {
      answer(request).then(
        (value) =>
          response.setHeader('content-type', 'application/json').end(JSON.stringify(value)),
        (error) => response.writeHead(500).end(error.message)
      )
    })
    return { server, port: await listen(server), next: 0, bytes: 0 }
  },
  async step(ctx, n) {
    await inParallel(n, 8, async () => {
      const id = ctx.next++
      const paths = [`/login?user=u${id}`, `/orders?id=${id - 20}`, `/fail?i=${id}`]
      const body = JSON.stringify({ id, lines: [{ sku: 'a', count: id }] })
      const text =
        id % 2 === 0
          ? await fetchText(ctx.port, '/orders', body)
          : await fetchText(ctx.port, paths[(id >> 1) % 3])
      ctx.bytes += text.length
    })
  },
  async teardown(ctx) {
    await close(ctx.server)
  },
  expect: {
    leak: false,
    container: 'orders (300) and tokens (100)',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
