'use strict'
const zlib = require('node:zlib')
const { promisify } = require('node:util')

const gzip = promisify(zlib.gzip)

module.exports = {
  cause: 'zlib streams closed',
  expect: { kinds: [], explains: ['waiting', 'fragmentation'] },
  units: 20,
  async setup() {
    return Buffer.from('the body of a response, again and again. '.repeat(2000))
  },
  async work(body, n) {
    for (let i = 0; i < n; i += 4) {
      await Promise.all(Array.from({ length: Math.min(4, n - i) }, () => gzip(body)))
    }
  }
}
