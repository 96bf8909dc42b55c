'use strict'
// Work areas that are kept between calls and only ever grow to the biggest input seen: an array that is emptied by
// index, a typed array that doubles, a Map that is cleared. Inputs are bigger now and then.
class Solver {
  #stack = []
  #marks = new Uint8Array(64)
  #distance = new Map()

  solve(size) {
    if (this.#marks.length < size) this.#marks = new Uint8Array(2 ** Math.ceil(Math.log2(size)))
    this.#marks.fill(0)
    this.#distance.clear()
    let top = 0
    for (let i = 0; i < size; i++) {
      this.#stack[top++] = { i, weight: (i * 7) % 11 }
      this.#distance.set(i, i * 0.5)
      this.#marks[i] = 1
    }
    let total = 0
    while (top > 0) {
      total += this.#stack[--top].weight
      this.#stack[top] = null
    }
    return total
  }
}

const solver = new Solver()
const sizes = [50, 400, 90, 2500, 700, 60, 9000]

module.exports = {
  name: 'scratch-space',
  kind: 'high-water',
  source: 'pattern: work areas that grow to the biggest input',
  packages: {},
  verify: { n: 14, warmup: 5, rounds: 14 },
  async setup() {
    return { next: 0, total: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      ctx.total += solver.solve(sizes[ctx.next++ % sizes.length] + (i % 5))
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'solver, biggest input 9,000',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
