'use strict'
// Buffers are lent and come back; the pool has as many as were ever lent at once, up to a bound.

const BOUND = 200
const pool = []

module.exports = {
  cause: 'buffers in a bounded pool',
  expect: { kinds: [], explains: ['waiting'] },
  units: 60,
  async setup() {
    return { bytes: 0 }
  },
  async work(context, n) {
    const lent = Array.from({ length: n }, () => pool.pop() ?? Buffer.alloc(262_144, 7))
    await new Promise((resolve) => setTimeout(resolve, 5))
    for (const buffer of lent) {
      context.bytes += buffer.length
      if (pool.length < BOUND) pool.push(buffer)
    }
  }
}
