'use strict'
// Records with columns that the client chooses: each makes a new chain of hidden classes, some become dictionaries,
// properties are deleted again. Shapes and descriptors come and go in great numbers.
const recent = new Array(200).fill(null)

function record(id) {
  const row = {}
  for (let k = 0; k < 12; k++) row[`c${(id * 31 + k * 17) % 997}`] = k % 2 === 0 ? k : `v${k}`
  if (id % 3 === 0) delete row[Object.keys(row)[2]]
  if (id % 5 === 0) Object.freeze(row)
  return row
}

module.exports = {
  name: 'shape-churn',
  kind: 'churn',
  source: 'pattern: objects of many shapes',
  packages: {},
  verify: { n: 800, warmup: 6, rounds: 14 },
  async setup() {
    return { next: 0, columns: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const row = record(ctx.next++)
      recent[i % recent.length] = row
      ctx.columns += Object.keys({ ...row, extra: i }).length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'the last 200 rows',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
