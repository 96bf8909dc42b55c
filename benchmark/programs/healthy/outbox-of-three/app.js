'use strict'
// An outbox: messages wait in a Map until the relay comes by, every third round, and takes all but the newest ten.
class Outbox {
  #waiting = new Map()

  put(message) {
    this.#waiting.set(message.id, message)
  }

  relay(send) {
    for (const [id, message] of this.#waiting) {
      if (this.#waiting.size <= 10) break
      send(message)
      this.#waiting.delete(id)
    }
  }
}

const outbox = new Outbox()

module.exports = {
  name: 'outbox-of-three',
  kind: 'sawtooth',
  source: 'pattern: transactional outbox, period 3',
  packages: {},
  verify: { n: 700, warmup: 6, rounds: 15 },
  async setup() {
    return { round: 0, next: 0, sent: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      outbox.put({ id, to: `user-${id % 97}`, body: `you have ${i} messages`, tries: [] })
    }
    if (++ctx.round % 3 === 0) outbox.relay(() => ctx.sent++)
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'outbox, relayed every third round',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
