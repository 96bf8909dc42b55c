'use strict'
/** Saves are debounced per document: a timer each while it is edited, and the version history of each keeps 20. */

const WAIT_MS = 40
const timers = new Map()
const versions = new Map()

function save(document, i) {
  timers.delete(document)
  let history = versions.get(document)
  if (history === undefined) {
    history = []
    versions.set(document, history)
  }
  history.push({ at: i, text: `text ${i}`, author: `u${i % 30}` })
  if (history.length > 20) history.shift()
}

function edit(i) {
  const document = `doc-${(i * i) % 331}`
  clearTimeout(timers.get(document))
  timers.set(document, setTimeout(save, WAIT_MS, document, i))
}

module.exports = {
  name: 'debounced-saves',
  kind: 'timers',
  source: 'pattern: debounced saves with a bounded history',
  verify: { n: 500, warmup: 24 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      edit(ctx.i++)
      if (k % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 3))
    }
    await new Promise((resolve) => setTimeout(resolve, 60))
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'versions: 331 documents with 20 each',
    pathIncludes: [],
    leakedType: null
  }
}
