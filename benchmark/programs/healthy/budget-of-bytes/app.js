'use strict'
/** Thumbnails up to a budget of bytes, which are summed up by hand. */

const BUDGET = 2_000_000
let bytes = 0
const thumbnails = new Map()

function thumbnail(i) {
  const name = `IMG_${i}.jpg`
  const image = { name, rows: new Array(20).fill(i), width: 64, height: 64 }
  thumbnails.set(name, image)
  bytes += 266
  for (const [old] of thumbnails) {
    if (bytes <= BUDGET) break
    thumbnails.delete(old)
    bytes -= 266
  }
  return image.width
}

module.exports = {
  name: 'budget-of-bytes',
  kind: 'filling',
  source: 'pattern: bytes counted by hand',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) thumbnail(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'thumbnails: 7,500', pathIncludes: [], leakedType: null }
}
