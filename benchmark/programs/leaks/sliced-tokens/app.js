'use strict'
// The first 24 characters of each document are kept in a sorted array. V8 keeps a substring as a view of the whole
// text, so that the documents stay.
const index = []

function insert(token) {
  let low = 0
  let high = index.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (index[middle] < token) low = middle + 1
    else high = middle
  }
  index.splice(low, 0, token)
}

function document(id) {
  return Buffer.from(
    `${(id * 2654435761) >>> 0}-${id} `.padEnd(24, 'x') + 'words and more words '.repeat(200)
  ).toString('latin1')
}

module.exports = {
  name: 'sliced-tokens',
  kind: 'strings',
  source: 'pattern: substring pins its parent',
  packages: {},
  verify: { n: 60, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) insert(document(ctx.next++).slice(0, 24))
  },
  async teardown() {
    index.length = 0
  },
  expect: {
    leak: true,
    container: 'index (module-level Array of substrings)',
    leakedType: 'sliced string',
    pathIncludes: ['index'],
    allocatedIn: ['insert', 'document'],
    bytesPerUnit: 4250
  }
}
