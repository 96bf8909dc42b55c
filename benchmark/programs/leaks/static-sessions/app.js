'use strict'
// Every session adds itself to a static Set of its class, so that an administrator can list them. close() is written,
// and called by nobody.
class ChatSession {
  static #open = new Set()

  static get count() {
    return ChatSession.#open.size
  }

  messages = []

  constructor(user) {
    this.user = user
    ChatSession.#open.add(this)
  }

  say(text) {
    this.messages.push({ text, length: text.length })
    return this
  }

  close() {
    ChatSession.#open.delete(this)
  }
}

module.exports = {
  name: 'static-sessions',
  kind: 'collection',
  source: 'pattern: instances registered in a static field',
  packages: {},
  verify: { n: 300, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, open: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      new ChatSession({ id: ctx.next++ }).say('hello').say(`I am ${ctx.next}`)
    ctx.open = ChatSession.count
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'ChatSession.#open (static private Set)',
    leakedType: 'ChatSession',
    pathIncludes: ['open', 'Set'],
    allocatedIn: ['ChatSession', 'say'],
    bytesPerUnit: 350
  }
}
