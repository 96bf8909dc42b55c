'use strict'
// A nightly report fills the heap once; V8 keeps many of its pages.

const WORDS = 400_000

module.exports = {
  cause: 'a heap that V8 keeps after a peak',
  expect: { kinds: [], explains: ['heap-free'] },
  units: 10,
  async setup() {
    return { requests: 0, sum: 0 }
  },
  async work(context, n) {
    const before = context.requests
    context.requests += n
    // Once, in the middle of its life.
    if (before < 150 && context.requests >= 150) {
      const rows = Array.from({ length: WORDS }, (_, i) => ({ id: i, name: `row ${i}`, list: [i] }))
      await new Promise((resolve) => setTimeout(resolve, 300))
      context.sum += rows.length
    }
    for (let i = 0; i < n; i++) context.sum += JSON.stringify({ i, text: 'x'.repeat(500) }).length
  }
}
