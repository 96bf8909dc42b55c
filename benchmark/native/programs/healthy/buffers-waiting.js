'use strict'

module.exports = {
  cause: 'Buffers that wait for a collection',
  expect: { kinds: [], explains: ['waiting'] },
  units: 40,
  async setup() {
    return { bytes: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) context.bytes += Buffer.alloc(65_536, 7).length
  }
}
