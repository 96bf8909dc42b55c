'use strict'
// Mixed sizes, freed again, with something small left between them that keeps the holes from joining; the next ones fit nowhere.

module.exports = {
  cause: 'an allocator that keeps holes which nothing fits into',
  needs: ['addon'],
  expect: { kinds: ['fragmentation'] },
  units: 10,
  async setup({ addon }) {
    return { addon, bytes: 4000 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      context.addon.split(60, context.bytes)
      context.bytes += 96
    }
  }
}
