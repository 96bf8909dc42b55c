'use strict'
// Parsed documents are cut down to their titles. These keep the holes between them from joining, and the next documents, which are
// bigger, fit into none.

module.exports = {
  cause: 'an allocator that keeps holes which nothing fits into',
  needs: ['addon'],
  expect: { kinds: ['fragmentation'] },
  units: 10,
  async setup({ addon }) {
    return { addon, bytes: 20_000 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      context.addon.split(12, context.bytes)
      context.bytes += 32
    }
  }
}
