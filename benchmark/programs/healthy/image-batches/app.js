'use strict'
// Batches of big Buffers, each batch dropped when its sheet is done: external memory goes up and down by megabytes, and
// the last sheet is kept until the next one.
let sheet = null

function decode(id) {
  const pixels = Buffer.allocUnsafe(24 * 1024 + (id % 9) * 4096)
  pixels.fill(id & 255)
  return { id, pixels, thumbnail: pixels.subarray(0, 256) }
}

module.exports = {
  name: 'image-batches',
  kind: 'sawtooth',
  source: 'pattern: batches of Buffers',
  packages: {},
  verify: { n: 60, warmup: 6, rounds: 14 },
  async setup() {
    return { next: 0, round: 0, bytes: 0 }
  },
  async step(ctx, n) {
    const images = []
    const count = n + [0, 25, -30, 10, -5][ctx.round++ % 5]
    for (let i = 0; i < count; i++) images.push(decode(ctx.next++))
    sheet = Buffer.concat(images.map(({ thumbnail }) => thumbnail))
    ctx.bytes += sheet.length
    ctx.images = images
  },
  async teardown() {
    sheet = null
  },
  expect: {
    leak: false,
    container: 'images of the last batch',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
