'use strict'
/** The last 256 KB of the output of a child process, as one text that is cut when it has become twice as long. */

const MOST = 256 * 1024

class Tail {
  constructor() {
    this.text = ''
  }

  onData(chunk) {
    this.text += chunk
    if (this.text.length > 2 * MOST) this.text = Buffer.from(this.text.slice(-MOST)).toString()
  }
}

const tail = new Tail()

module.exports = {
  name: 'log-tail-text',
  kind: 'one-growing-value',
  source: 'pattern: the tail of a log',
  verify: { n: 800, warmup: 8 },
  async setup() {
    return { i: 0, hits: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      tail.onData(`frame=${ctx.i++} fps=25 bitrate=${k}kbit/s speed=1.0x dropped=0\n`)
      if (k % 100 === 0 && /dropped=[1-9]/.test(tail.text)) ctx.hits++
    }
  },
  async teardown() {},
  expect: { leak: false, container: 'text: at most 512 KB', pathIncludes: [], leakedType: null }
}
