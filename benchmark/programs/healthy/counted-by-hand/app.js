'use strict'
/** An LRU of linked entries in an object, whose size is a counter. */

class Entry {
  constructor(key, value) {
    this.key = key
    this.value = value
    this.next = null
  }
}

class Lru {
  constructor(room) {
    this.room = room
    this.held = 0
    this.byKey = Object.create(null)
    this.first = null
    this.last = null
  }

  put(key, value) {
    const entry = new Entry(key, value)
    this.byKey[key] = entry
    if (this.last === null) this.first = entry
    else this.last.next = entry
    this.last = entry
    if (++this.held > this.room) this.drop()
  }

  drop() {
    const old = this.first
    this.first = old.next
    delete this.byKey[old.key]
    this.held--
  }
}

const views = new Lru(7500)

function view(i) {
  views.put(`page-${i}`, { title: `page ${i}`, words: i % 900 })
}

module.exports = {
  name: 'counted-by-hand',
  kind: 'filling',
  source: 'pattern: a counter instead of size',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) view(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'byKey: 7,500', pathIncludes: [], leakedType: null }
}
