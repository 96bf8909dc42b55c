'use strict'
// A cache of two generations: what is used again moves from the old one to the young one, and when the young one is
// full, the old one is dropped. Sizes swing between one and two generations, out of step with the rounds.
class Generations {
  #young = new Map()
  #old = new Map()

  constructor(size) {
    this.size = size
  }

  get(key, load) {
    let value = this.#young.get(key)
    if (value !== undefined) return value
    value = this.#old.get(key) ?? load(key)
    this.#young.set(key, value)
    if (this.#young.size >= this.size) {
      this.#old = this.#young
      this.#young = new Map()
    }
    return value
  }
}

const users = new Generations(1300)

module.exports = {
  name: 'generations',
  kind: 'bounded-cache',
  source: 'pattern: two-generation cache',
  packages: {},
  verify: { n: 350, warmup: 9, rounds: 16 },
  async setup() {
    return { next: 0, letters: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = i % 4 === 0 ? Math.max(0, ctx.next - 900) : ctx.next++
      ctx.letters += users.get(id, (key) => ({
        key,
        name: `user ${key}`,
        mails: [`${key}@a.test`, `${key}@b.test`]
      })).name.length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'users, 2 x 1,300',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
