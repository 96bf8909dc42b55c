'use strict'
// Three hundred rules, of which a few more become hot with each round: feedback vectors, baseline and optimised code
// come into being all through the run, and no object of the program is kept.
function makeRule(index) {
  return new Function(
    'order',
    `let score = ${index}; for (let k = 0; k < order.lines.length; k++) { const line = order.lines[k]; score += line.quantity * ${index % 7} + (line.sku.length & ${index % 5}) } return score > ${index * 3} ? score : -score`
  )
}

const rules = Array.from({ length: 300 }, (_, index) => makeRule(index))

module.exports = {
  name: 'late-optimisation',
  kind: 'warmup',
  source: 'pattern: JIT and feedback warm-up',
  packages: {},
  verify: { n: 1500, warmup: 6, rounds: 14 },
  async setup() {
    return { round: 0, score: 0 }
  },
  async step(ctx, n) {
    const hot = Math.min(rules.length, 120 + 12 * ctx.round++)
    for (let i = 0; i < n; i++) {
      const order = {
        lines: [
          { sku: `s${i}`, quantity: i & 7 },
          { sku: 'x', quantity: 1.5 }
        ]
      }
      for (let k = i % 10; k < hot; k += 10) ctx.score += rules[k](order)
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'code and feedback of 300 functions',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
