'use strict'
// Each reload of the plug-ins wraps the handler once more instead of replacing it: closures in closures, ever deeper.
const server = {
  handler(request) {
    return { status: 200, path: request.path }
  }
}

function withHeader(next, name, value) {
  const header = { name, value, raw: `${name}: ${value}` }
  return function addHeader(request) {
    const response =
      request.depth > 3 ? { status: 200 } : next({ ...request, depth: (request.depth ?? 0) + 1 })
    response[header.name] = header.value
    return response
  }
}

module.exports = {
  name: 'middleware-wrap',
  kind: 'linked-list',
  source: 'pattern: handler wrapped again on every reload',
  packages: {},
  verify: { n: 800, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, ok: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      server.handler = withHeader(server.handler, `x-${i % 8}`, `v${ctx.next++}`)
    if (server.handler({ path: '/' }).status === 200) ctx.ok++
  },
  async teardown() {
    server.handler = null
  },
  expect: {
    leak: true,
    container: 'server.handler (addHeader closures, each holding the one before as next)',
    leakedType: 'closure addHeader',
    pathIncludes: ['server', 'handler'],
    allocatedIn: ['withHeader'],
    bytesPerUnit: 200
  }
}
