'use strict'
/** When there are too many, one is drawn and goes. */

const ROOM = 7500
const entries = new Map()
const keys = []

function remember(i) {
  const key = `q-${i}`
  entries.set(key, { key, rows: [i, i + 1, i + 2] })
  keys.push(key)
  if (keys.length <= ROOM) return
  const at = (i * 7919) % keys.length
  entries.delete(keys[at])
  keys[at] = keys[keys.length - 1]
  keys.pop()
}

module.exports = {
  name: 'random-eviction',
  kind: 'filling',
  source: 'pattern: an entry drawn at random goes',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) remember(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'entries and keys: 7,500', pathIncludes: [], leakedType: null }
}
