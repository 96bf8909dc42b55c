'use strict'
/** Requests leave the table of what is in flight when they succeed: the 2 % that fail stay, with their error and its stack. */

class RequestContext {
  constructor(id) {
    this.id = id
    this.startedAt = Date.now()
    this.headers = { 'x-request-id': id, accept: 'application/json', 'user-agent': `agent/${id}` }
    this.error = null
  }
}

class Api {
  #inFlight = new Map()

  async handle(i) {
    const context = new RequestContext(`req-${i}`)
    this.#inFlight.set(context.id, context)
    try {
      const body = await this.route(i)
      this.#inFlight.delete(context.id)
      return { status: 200, body }
    } catch (error) {
      context.error = error
      return { status: 502 }
    }
  }

  async route(i) {
    await null
    if (i % 50 === 7) throw new Error(`upstream answered 503 for item ${i}`)
    return JSON.stringify({
      id: i,
      items: Array.from({ length: 30 }, (_, k) => ({ k, text: `t${i}` }))
    })
  }
}

const api = new Api()

module.exports = {
  name: 'in-flight-on-error',
  kind: 'error-path',
  source: 'pattern: clean-up outside of finally',
  verify: { n: 2500, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k += 10) {
      await Promise.all(Array.from({ length: 10 }, () => api.handle(ctx.i++)))
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: '#inFlight (Map) of Api',
    pathIncludes: ['inFlight'],
    leakedType: 'RequestContext',
    allocatedIn: ['handle', 'RequestContext']
  }
}
