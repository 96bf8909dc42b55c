'use strict'
/** A feed without a delimiter at its end: what was read is joined to what there is, and never consumed. */

class LineReader {
  constructor() {
    this.rest = Buffer.alloc(0)
    this.lines = 0
  }

  onData(chunk) {
    this.rest = Buffer.concat([this.rest, chunk])
    // The other side ends lines with \r only.
    for (let at = this.rest.indexOf(10); at >= 0; at = this.rest.indexOf(10)) {
      this.rest = this.rest.subarray(at + 1)
      this.lines++
    }
  }
}

const reader = new LineReader()

module.exports = {
  name: 'buffer-concat-acc',
  kind: 'one-growing-value',
  source: 'pattern: Buffer.concat of what is left over',
  verify: { n: 60, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) reader.onData(Buffer.from(`${ctx.i++};${'7'.repeat(2000)}\r`))
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'rest (Buffer) of reader (LineReader)',
    pathIncludes: ['rest'],
    leakedType: 'Buffer',
    allocatedIn: ['onData', 'step']
  }
}
