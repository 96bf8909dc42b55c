'use strict'
// Streams that nobody closes and nobody holds: V8 collects them, at some time.
const zlib = require('node:zlib')

module.exports = {
  cause: 'zlib streams dropped without close()',
  expect: { kinds: [], explains: ['waiting', 'fragmentation'] },
  units: 12,
  async setup() {
    return null
  },
  async work(_, n) {
    for (let i = 0; i < n; i++) {
      const stream = zlib.createDeflateRaw().resume()
      await new Promise((resolve) => {
        stream.write('a message of the session'.repeat(20))
        stream.flush(zlib.constants.Z_SYNC_FLUSH, resolve)
      })
    }
  }
}
