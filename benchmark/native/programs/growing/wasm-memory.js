'use strict'
// An allocator in WebAssembly without free: its memory grows by a page at a time.

const memory = new WebAssembly.Memory({ initial: 16, maximum: 32_768 })

module.exports = {
  cause: 'a WebAssembly memory that grows',
  expect: { kinds: ['wasm'], leak: ['Memory `memory`'] },
  units: 10,
  async setup() {
    return { used: 16 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      memory.grow(4)
      new Uint8Array(memory.buffer, context.used << 16, 4 << 16).fill(7)
      context.used += 4
    }
  }
}
