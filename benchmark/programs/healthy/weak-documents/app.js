'use strict'
// A cache of WeakRefs: a document lives while somebody uses it. A FinalizationRegistry removes the keys of those that
// died, so that the Map follows the collector, with delay.
class Documents {
  #byName = new Map()
  #died = new FinalizationRegistry((name) => {
    if (this.#byName.get(name)?.deref() === undefined) this.#byName.delete(name)
  })

  open(name) {
    const known = this.#byName.get(name)?.deref()
    if (known !== undefined) return known
    const document = { name, paragraphs: Array.from({ length: 10 }, (_, k) => `${name} ${k}`) }
    this.#byName.set(name, new WeakRef(document))
    this.#died.register(document, name)
    return document
  }
}

const documents = new Documents()
const desk = []

module.exports = {
  name: 'weak-documents',
  kind: 'weak-cache',
  source: 'pattern: WeakRef cache (tc39/proposal-weakrefs, "Weak cache")',
  packages: {},
  verify: { n: 400, warmup: 6, rounds: 14 },
  async setup() {
    return { next: 0, length: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const document = documents.open(`doc-${ctx.next++}`)
      ctx.length += document.paragraphs.length
      desk[i % 150] = document
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'documents (WeakRefs) and a desk of 150',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
