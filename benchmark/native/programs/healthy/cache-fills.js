'use strict'
// The least recently used goes when there are too many: full after a third of the time.

const MOST_TILES = 300
const tiles = new Map()

module.exports = {
  cause: 'a cache of buffers that fills to its bound',
  expect: { kinds: [], explains: ['array-buffers', 'waiting'] },
  units: 18,
  async setup() {
    return { next: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      tiles.set(context.next++, Buffer.alloc(262_144, 7))
      if (tiles.size > MOST_TILES) tiles.delete(tiles.keys().next().value)
    }
  }
}
