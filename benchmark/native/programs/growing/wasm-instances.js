'use strict'
// A codec per upload, each with a memory of its own, and none is let go.

const codecs = new Set()

module.exports = {
  cause: 'WebAssembly memories kept',
  expect: { kinds: ['wasm', 'array-buffers'], leak: ['codecs'] },
  units: 8,
  async setup() {
    return null
  },
  async work(_, n) {
    for (let i = 0; i < n; i++) {
      const memory = new WebAssembly.Memory({ initial: 8, maximum: 64 })
      new Uint8Array(memory.buffer).fill(7)
      codecs.add({ memory, at: Date.now() })
    }
  }
}
