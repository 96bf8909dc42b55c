'use strict'

const uploads = new Map()

module.exports = {
  cause: 'Buffers kept in a Map',
  expect: { kinds: ['array-buffers'], leak: ['uploads'] },
  units: 20,
  async setup() {
    return { next: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) uploads.set(`upload ${context.next++}`, Buffer.alloc(150_000, 7))
  }
}
