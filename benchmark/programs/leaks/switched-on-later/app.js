'use strict'
// Tracing is switched on when the program has long been at work; its spans are kept from then on.
class Span {
  constructor(id) {
    this.id = id
    this.marks = [
      { name: 'begin', id },
      { name: 'end', id }
    ]
  }
}

const state = { tracer: null }

module.exports = {
  name: 'switched-on-later',
  kind: 'collection',
  source: 'pattern: debugging switched on in production',
  packages: {},
  verify: { n: 300, warmup: 3, rounds: 10 },
  async setup() {
    return { round: 0, next: 0, bytes: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.bytes += JSON.stringify({ i }).length
    if (++ctx.round <= 3) return
    state.tracer ??= { spans: [] }
    for (let i = 0; i < n; i++) state.tracer.spans.push(new Span(ctx.next++))
  },
  async teardown() {
    state.tracer = null
  },
  expect: {
    leak: true,
    container: 'state.tracer.spans (Array)',
    leakedType: 'Span',
    pathIncludes: ['tracer', 'spans'],
    allocatedIn: ['Span'],
    bytesPerUnit: 180
  }
}
