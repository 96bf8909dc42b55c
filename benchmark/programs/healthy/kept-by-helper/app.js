'use strict'
/** A list is cut by a helper that answers its end. */

function last(list, most) {
  return list.length > most ? list.slice(list.length - most) : list
}

class Timeline {
  constructor() {
    this.entries = []
  }

  add(entry) {
    this.entries.push(entry)
    this.entries = last(this.entries, 7500)
  }
}

const timeline = new Timeline()

function post(i) {
  timeline.add({ id: i, author: `u${i % 60}`, text: `post ${i}`, likes: [i % 3] })
}

module.exports = {
  name: 'kept-by-helper',
  kind: 'filling',
  source: 'pattern: list = last(list, MOST)',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) post(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'entries: 7,500', pathIncludes: [], leakedType: null }
}
