'use strict'
/** An object used as a table, made anew of its last entries. */

let drafts = {}

function saveDraft(i) {
  drafts[`draft-${i}`] = { text: `text of ${i}`, version: 1, authors: [i % 40] }
  if (i % 500 !== 0) return
  const all = Object.entries(drafts)
  if (all.length > 8000) drafts = Object.fromEntries(all.slice(all.length - 6000))
}

module.exports = {
  name: 'entries-sliced',
  kind: 'filling',
  source: 'pattern: Object.fromEntries(entries.slice())',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) saveDraft(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'drafts: 8,500', pathIncludes: [], leakedType: null }
}
