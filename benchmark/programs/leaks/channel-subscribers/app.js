'use strict'
// diagnostics_channel: a tracer per request subscribes to a channel of the process and does not unsubscribe.
const channels = require('node:diagnostics_channel')

class RequestTracer {
  constructor(id) {
    this.id = id
    this.queries = []
    channels.subscribe('db:query', (message) => {
      if (message.request === this.id) this.queries.push(message)
    })
  }
}

const channel = channels.channel('db:query')

module.exports = {
  name: 'channel-subscribers',
  kind: 'listeners',
  source: 'https://nodejs.org/api/diagnostics_channel.html (unsubscribe)',
  packages: {},
  verify: { n: 400, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, queries: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const tracer = new RequestTracer(ctx.next++)
      if (i % 40 === 0) channel.publish({ request: tracer.id, text: `select ${i}` })
      ctx.queries += tracer.queries.length
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: "subscribers of the channel 'db:query' (Channel._subscribers)",
    leakedType: 'RequestTracer',
    pathIncludes: ['Channel', '_subscribers'],
    allocatedIn: ['RequestTracer'],
    bytesPerUnit: 280
  }
}
