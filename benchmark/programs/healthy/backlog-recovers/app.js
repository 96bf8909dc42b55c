'use strict'
// A consumer that falls behind for three rounds, because its database is slow, and then catches up in two: growth in
// several successive checks that drains again.
const backlog = []
const speed = [1, 0.4, 0.3, 0.4, 2, 2, 1]

module.exports = {
  name: 'backlog-recovers',
  kind: 'recovery',
  source: 'pattern: spike that recovers (veryfront/veryfront-code#2472)',
  packages: {},
  verify: { n: 900, warmup: 7, rounds: 14 },
  async setup() {
    for (let i = 0; i < 400; i++) backlog.push({ id: -i, body: `early ${i}`, headers: { a: i } })
    return { round: 0, next: 0, consumed: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      backlog.push({ id: ctx.next++, body: `message ${i}`, headers: { a: i, b: `${i}` } })
    const capacity = Math.round(n * speed[ctx.round++ % speed.length])
    ctx.consumed += backlog.splice(0, Math.min(capacity, backlog.length - 400)).length
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'backlog, back to 400 every seventh round',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
