'use strict'
// Paging with generators: each search is a generator that waits for "next page", in a Set of open cursors. People look
// at the first page and leave.
const openCursors = new Set()

function* search(term) {
  const index = Array.from({ length: 25 }, (_, k) => ({ title: `${term} ${k}`, rank: k }))
  for (let from = 0; from < index.length; from += 10) yield index.slice(from, from + 10)
  openCursors.delete(this)
}

function firstPage(term) {
  const cursor = search(term)
  openCursors.add(cursor)
  return cursor.next().value
}

module.exports = {
  name: 'open-cursors',
  kind: 'closures',
  source: 'pattern: suspended generators',
  packages: {},
  verify: { n: 80, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, shown: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.shown += firstPage(`word${ctx.next++}`).length
  },
  async teardown() {
    openCursors.clear()
  },
  expect: {
    leak: true,
    container: 'openCursors (Set of suspended generators)',
    leakedType: 'search',
    pathIncludes: ['openCursors', 'Set'],
    allocatedIn: ['firstPage', 'search'],
    bytesPerUnit: 2200
  }
}
