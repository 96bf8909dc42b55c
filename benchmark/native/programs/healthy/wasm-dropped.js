'use strict'

module.exports = {
  cause: 'WebAssembly memories that are dropped',
  expect: { kinds: [], explains: ['waiting'] },
  units: 6,
  async setup() {
    return { bytes: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      const memory = new WebAssembly.Memory({ initial: 8, maximum: 64 })
      context.bytes += new Uint8Array(memory.buffer).fill(7).length
    }
  }
}
