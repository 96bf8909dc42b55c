'use strict'
// An export of many megabytes, now and then.

module.exports = {
  cause: 'bursts of big buffers',
  expect: { kinds: [], explains: ['waiting', 'fragmentation'] },
  units: 4,
  async setup() {
    return { requests: 0, bytes: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      if (context.requests++ % 20 !== 0) continue
      const parts = Array.from({ length: 12 }, () => Buffer.alloc(4 << 20, 7))
      await new Promise((resolve) => setTimeout(resolve, 20))
      context.bytes += Buffer.concat(parts).length
    }
  }
}
