'use strict'
// The 6,000 last used articles. The bound is a number beside the class, the order is that of the Map; the checks are over
// long before it is full.
const MAX = 6000

class Articles {
  #byId = new Map()

  get(id, load) {
    let article = this.#byId.get(id)
    if (article === undefined) article = load(id)
    else this.#byId.delete(id)
    this.#byId.set(id, article)
    if (this.#byId.size > MAX) this.#byId.delete(this.#byId.keys().next().value)
    return article
  }
}

const articles = new Articles()
const load = (id) => ({ id, title: `article ${id}`, text: `${id} `.repeat(60) })

module.exports = {
  name: 'lru-by-constant',
  kind: 'filling-cache',
  source: 'pattern: hand-written LRU whose bound is a constant of the module',
  packages: {},
  verify: { n: 400, warmup: 2, rounds: 20 },
  async setup() {
    return { next: 0, length: 0 }
  },
  async step(ctx, n) {
    // One in four was read before.
    for (let i = 0; i < n; i++) {
      const id = i % 4 === 0 ? Math.floor(ctx.next / 2) : ctx.next++
      ctx.length += articles.get(id, load).text.length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'articles, bounded at 6,000',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
