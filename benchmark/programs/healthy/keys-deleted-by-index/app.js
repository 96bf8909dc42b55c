'use strict'
/** An object as a table: when it has too many keys, the first of them is deleted. */

const LIMIT_KEYS = 7500
const responses = {}
let kept = 0

function respond(i) {
  const key = `GET /orders/${i}`
  responses[key] = { status: 200, etag: `W/${i}`, body: [i, i + 1] }
  kept += 1
  if (kept > LIMIT_KEYS) {
    for (const oldest in responses) {
      delete responses[oldest]
      kept -= 1
      break
    }
  }
}

module.exports = {
  name: 'keys-deleted-by-index',
  kind: 'filling',
  source: 'pattern: delete table[keys[0]]',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) respond(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'responses: 7,500', pathIncludes: [], leakedType: null }
}
