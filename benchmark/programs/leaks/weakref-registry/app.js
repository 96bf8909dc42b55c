'use strict'
/** A cache of weak references lets go of the values, and keeps the entries. */

class Document {
  constructor(id) {
    this.id = id
    this.text = `text of ${id} `.repeat(10)
  }
}

const documents = new Map()

function open(id) {
  const known = documents.get(id)?.deref()
  if (known !== undefined) return known
  const document = new Document(id)
  documents.set(id, new WeakRef(document))
  return document
}

module.exports = {
  name: 'weakref-registry',
  kind: 'weakref',
  source: 'pattern: a WeakRef cache without a FinalizationRegistry',
  verify: { n: 900, warmup: 3 },
  async setup() {
    return { i: 0, chars: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      const i = ctx.i++
      ctx.chars += open(i % 3 === 0 ? `draft-${i}` : `page-${i % 120}`).text.length
      if (k % 20 === 0) await new Promise(setImmediate)
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'documents (Map id -> WeakRef)',
    pathIncludes: ['documents'],
    leakedType: 'WeakRef',
    others: [{ pathIncludes: ['documents'], leakedType: 'string' }],
    allocatedIn: ['open', 'step']
  }
}
