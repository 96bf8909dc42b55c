'use strict'
// A catalogue with two indexes over the same items; remove() knows of neither. Every item has two holders, so that
// none of them dominates it.
class Catalogue {
  bySku = new Map()
  byShelf = new Map()

  add(item) {
    this.bySku.set(item.sku, item)
    const shelf = this.byShelf.get(item.shelf)
    if (shelf === undefined) this.byShelf.set(item.shelf, [item])
    else shelf.push(item)
  }

  remove(item) {
    item.removed = true
  }
}

class Item {
  constructor(number) {
    this.sku = `sku-${number}`
    this.shelf = number % 40
    this.measures = { width: number % 13, height: 3, depth: 0.5 + number }
    this.removed = false
  }
}

const catalogue = new Catalogue()

module.exports = {
  name: 'two-indexes',
  kind: 'collection',
  source: 'pattern: item in two indexes, removed from neither',
  packages: {},
  verify: { n: 500, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const item = new Item(ctx.next++)
      catalogue.add(item)
      catalogue.remove(item)
    }
  },
  async teardown() {
    catalogue.bySku.clear()
    catalogue.byShelf.clear()
  },
  expect: {
    leak: true,
    container: 'catalogue.bySku and catalogue.byShelf (both hold every Item)',
    leakedType: 'Item',
    pathIncludes: ['catalogue'],
    allocatedIn: ['Item', 'add'],
    bytesPerUnit: 230
  }
}
