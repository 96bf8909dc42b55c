'use strict'
/** A cache of slots, found by a hash: what comes later takes the place of what was there. */

const MASK = 8191
const slots = new Map()

function hash(text) {
  let h = 5381
  for (let at = 0; at < text.length; at++) h = (Math.imul(h, 33) ^ text.charCodeAt(at)) >>> 0
  return h
}

function render(i) {
  const key = `/item/${i}`
  const slot = hash(key) & MASK
  if (slots.get(slot)?.key !== key) slots.set(slot, { key, html: [`<b>${i}</b>`, 'x'], at: i })
  return slots.get(slot).html.length
}

module.exports = {
  name: 'direct-mapped',
  kind: 'filling',
  source: 'pattern: hash & MASK as the key',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) render(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'slots: 8,192', pathIncludes: [], leakedType: null }
}
