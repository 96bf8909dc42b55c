'use strict'
// Parts of an upload are collected in six rounds and dropped in the seventh, which was just before the first snapshot. The
// program does next to nothing else, so its age tells nothing.
const parts = new Map()

module.exports = {
  name: 'parts-of-six',
  kind: 'sawtooth',
  source: 'pattern: multipart upload, period 7',
  packages: {},
  verify: { n: 900, warmup: 7, rounds: 21 },
  async setup() {
    return { round: 0, sent: 0 }
  },
  async step(ctx, n) {
    if (++ctx.round % 7 === 0) {
      ctx.sent += parts.size
      parts.clear()
      return
    }
    for (let i = 0; i < n; i++) parts.set(`${ctx.round}:${i}`, { i, etag: `e${i}`, size: i * 3 })
  },
  async teardown() {
    parts.clear()
  },
  expect: {
    leak: false,
    container: 'parts, dropped every seventh round',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
