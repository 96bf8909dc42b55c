'use strict'
// A consumer is an endless async function, and what it has seen is a local variable of it: what leads there depends on
// what it awaits, which is a message, a timer or the next turn of the event loop.
const { setTimeout: sleep } = require('node:timers/promises')

class Source {
  constructor() {
    this.messages = []
    this.wake = null
  }

  push(message) {
    this.messages.push(message)
    this.wake?.()
    this.wake = null
  }

  async next() {
    while (this.messages.length === 0) {
      await new Promise((resolve) => {
        this.wake = resolve
      })
    }
    return this.messages.shift()
  }
}

class Seen {
  constructor(message) {
    this.id = message.id
    this.topic = message.topic
    this.offsets = [message.id, message.id + 1]
  }
}

async function consume(source) {
  const seen = new Map()
  for (;;) {
    const message = await source.next()
    if (seen.has(message.id)) continue
    seen.set(message.id, new Seen(message))
    if (message.id % 10 === 0) await sleep(60, undefined, { ref: false })
    else await new Promise(setImmediate)
  }
}

module.exports = {
  name: 'consumer-loop-locals',
  kind: 'local-variable',
  source: 'pattern: state in the local variables of a worker loop',
  packages: {},
  verify: { n: 500, warmup: 3 },
  async setup() {
    const source = new Source()
    consume(source)
    return { next: 0, source }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      ctx.source.push({ id, topic: `t${id % 9}` })
    }
    while (ctx.source.messages.length > 2 * n) await sleep(20)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'seen (Map), a local variable of consume(), which V8 keeps without its name',
    pathIncludes: ['consume'],
    leakedType: 'Seen',
    allocatedIn: ['consume', 'Seen']
  }
}
