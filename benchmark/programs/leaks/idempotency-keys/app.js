'use strict'
// 150 bytes kept per call in a Set of strings, under some 100 KB of garbage per call.
const seenKeys = new Set()

function charge(key, amount) {
  if (seenKeys.has(key)) return 0
  seenKeys.add(key)
  const rows = []
  for (let i = 0; i < 300; i++)
    rows.push({ line: i, text: `item ${i}`, tags: [`t${i}`, `u${amount}`], at: new Date(i) })
  return JSON.parse(JSON.stringify(rows)).length + amount
}

module.exports = {
  name: 'idempotency-keys',
  kind: 'strings',
  source: 'pattern: idempotency keys without expiry',
  packages: {},
  verify: { n: 600, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, total: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const key = Buffer.from(
        `idempotency key of call number ${ctx.next++} from the checkout service`.repeat(2)
      ).toString('base64')
      ctx.total += charge(key, i)
    }
  },
  async teardown() {
    seenKeys.clear()
  },
  expect: {
    leak: true,
    container: 'seenKeys (module-level Set of strings)',
    leakedType: 'string',
    pathIncludes: ['seenKeys', 'Set'],
    allocatedIn: ['charge'],
    bytesPerUnit: 240
  }
}
