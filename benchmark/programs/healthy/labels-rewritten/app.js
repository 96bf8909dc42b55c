'use strict'
// The labels of a table's cells are written anew all the time. Some are in one piece, some in several, some cut out
// of a longer one; all are about as long as before.
const cells = Array.from({ length: 3000 }, () => ({ label: '' }))

module.exports = {
  name: 'labels-rewritten',
  kind: 'strings',
  source: 'pattern: rendering to text',
  packages: {},
  verify: { n: 3000, warmup: 3, rounds: 12 },
  async setup() {
    return { row: 0, found: 0 }
  },
  async step(ctx, n) {
    const row = ctx.row++
    for (let i = 0; i < n; i++) {
      const cell = cells[i]
      cell.label = `cell ${i}` + ` of row ${row}` + ` with ${(row * i) % 1000}`
      if (i % (1 + (row % 3)) === 0) ctx.found += cell.label.indexOf('row')
      if (i % 7 === row % 7) cell.label = cell.label.slice(2, 24)
    }
  },
  async teardown() {
    cells.length = 0
  },
  expect: {
    leak: false,
    container: 'labels of cells, one string each',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
