'use strict'
/** A lock per key whose clean-up compares with a promise that was never the one it stored. */

const chains = new Map()

async function withKeyLock(key, work) {
  const prior = chains.get(key) ?? Promise.resolve()
  let release
  const gate = new Promise((resolve) => {
    release = resolve
  })
  chains.set(
    key,
    prior.then(() => gate)
  )
  await prior
  try {
    return await work()
  } finally {
    release()
    if (chains.get(key) === gate) chains.delete(key)
  }
}

async function upload(i) {
  // One in three is a new file; the rest are written again.
  const book = i % 3 === 0 ? `books/${i}/stats.json` : `books/shared-${i % 97}/stats.json`
  const stats = { book, listens: i, chapters: Array.from({ length: 20 }, (_, c) => ({ c, at: i })) }
  return withKeyLock(book, async () => JSON.stringify(stats).length)
}

module.exports = {
  name: 'key-lock-chains',
  kind: 'lock-map',
  source: 'https://github.com/dudarenok-maker/Castwright/issues/2001',
  verify: { n: 900, warmup: 3 },
  async setup() {
    return { i: 0, bytes: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.bytes += await upload(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'chains (Map key -> Promise)',
    pathIncludes: ['chains'],
    leakedType: 'Promise',
    allocatedIn: ['withKeyLock', 'upload']
  }
}
