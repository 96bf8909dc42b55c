'use strict'
// Notes about pages in a WeakMap, in the belief that a WeakMap cannot leak. Each note refers to the page that was
// visited next, and the first page is the home page, which lives for ever.
const notes = new WeakMap()
const home = { url: '/' }
let latest = home

function visit(url) {
  const page = { url, words: url.split('/'), score: url.length + 0.5 }
  notes.set(latest, { followedBy: page, at: url.length })
  latest = page
}

module.exports = {
  name: 'weak-chain',
  kind: 'linked-list',
  source: 'pattern: WeakMap whose values hold the next key',
  packages: {},
  verify: { n: 600, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, has: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) visit(`/page/${ctx.next++}`)
    if (notes.has(home)) ctx.has++
  },
  async teardown() {
    notes.delete(home)
  },
  expect: {
    leak: true,
    container: 'notes (WeakMap; the chain starts at home)',
    leakedType: 'Object',
    pathIncludes: ['notes', 'WeakMap'],
    allocatedIn: ['visit'],
    bytesPerUnit: 300,
    perUnit: 2
  }
}
