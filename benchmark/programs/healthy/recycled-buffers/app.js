'use strict'
// A pool of buffers that takes back what callers forgot, through a FinalizationRegistry whose held value is the buffer
// itself: leases die, buffers come back.
class BufferPool {
  #free = []
  made = 0
  #forgotten = new FinalizationRegistry((buffer) => {
    if (this.#free.length < 32) this.#free.push(buffer)
  })

  lease() {
    const buffer = this.#free.pop() ?? this.#make()
    const lease = { buffer, used: 0 }
    this.#forgotten.register(lease, buffer)
    return lease
  }

  #make() {
    this.made++
    return Buffer.alloc(4096)
  }
}

const pool = new BufferPool()

module.exports = {
  name: 'recycled-buffers',
  kind: 'pool',
  source: 'pattern: FinalizationRegistry gives resources back',
  packages: {},
  verify: { n: 120, warmup: 8, rounds: 14 },
  async setup() {
    return { written: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const lease = pool.lease()
      lease.used = lease.buffer.write(`frame ${i}`)
      ctx.written += lease.used
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'pool, at most 32 free buffers',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
