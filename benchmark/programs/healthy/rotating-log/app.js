'use strict'
// The current log segment is a string that grows by concatenation and is handed over at 300 KB; the three segments
// before it are kept for readers.
const log = { current: '', finished: [], lines: 0 }

function write(line) {
  log.current += line
  log.lines++
  if (log.current.length < 300_000) return
  log.finished.push(Buffer.from(log.current))
  if (log.finished.length > 3) log.finished.shift()
  log.current = ''
}

module.exports = {
  name: 'rotating-log',
  kind: 'sawtooth',
  source: 'pattern: log segments',
  packages: {},
  verify: { n: 2200, warmup: 10, rounds: 14 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      write(`${ctx.next++} GET /orders/${i} 200 in ${(i * 7) % 90} ms from 10.0.0.${i & 255}\n`)
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'log.current, up to 300 KB, and three segments',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
