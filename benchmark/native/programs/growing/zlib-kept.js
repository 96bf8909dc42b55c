'use strict'
// A compressor per chat session, kept open for its window, and never closed when the session ends.
const zlib = require('node:zlib')

const compressors = new Map()

module.exports = {
  cause: 'zlib streams not closed',
  expect: { kinds: ['external', 'allocations'], leak: ['compressors'] },
  units: 12,
  async setup() {
    return { next: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      const stream = zlib.createDeflateRaw().resume()
      compressors.set(context.next++, stream)
      await new Promise((resolve) => {
        stream.write('a message of the session'.repeat(20))
        stream.flush(zlib.constants.Z_SYNC_FLUSH, resolve)
      })
    }
  }
}
