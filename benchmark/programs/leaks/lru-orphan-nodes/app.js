'use strict'
/** An LRU cache that sets a known key by adding a second node: the first stays in the list, and eviction counts keys only. */

class Node {
  constructor(key, value) {
    this.key = key
    this.value = value
    this.newer = null
    this.older = null
  }
}

class LruCache {
  constructor(max) {
    this.max = max
    this.map = new Map()
    this.head = null
    this.tail = null
  }

  set(key, value) {
    const node = new Node(key, value)
    node.older = this.head
    if (this.head !== null) this.head.newer = node
    this.head = node
    if (this.tail === null) this.tail = node
    this.map.set(key, node)
    while (this.map.size > this.max) this.#evict()
  }

  get(key) {
    return this.map.get(key)?.value
  }

  #evict() {
    const oldest = this.tail
    this.tail = oldest.newer
    this.tail.older = null
    this.map.delete(oldest.key)
  }
}

const cache = new LruCache(500)

function product(i) {
  const key = `product-${i % 450}`
  // Prices change: an entry is written anew every third time.
  if (cache.get(key) === undefined || i % 3 === 0) {
    cache.set(key, { id: key, price: i, stock: [i % 3, i % 5, i % 7] })
  }
  return cache.get(key).price
}

module.exports = {
  name: 'lru-orphan-nodes',
  kind: 'broken-eviction',
  source: 'pattern: an LRU whose list and map disagree',
  verify: { n: 1200, warmup: 3 },
  async setup() {
    return { i: 0, sum: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.sum += product(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'linked list of Node from cache.head (LruCache)',
    pathIncludes: ['LruCache'],
    leakedType: 'Node',
    allocatedIn: ['set', 'product', 'Node']
  }
}
