'use strict'
/** The best 7,500 in a binary heap: what is worse than the worst is not kept. */

class TopHeap {
  constructor(keep) {
    this.keep = keep
    this.nodes = []
  }

  offer(item) {
    const nodes = this.nodes
    if (nodes.length < this.keep) {
      nodes.push(item)
      this.#up(nodes.length - 1)
    } else if (item.score > nodes[0].score) {
      nodes[0] = item
      this.#down(0)
    }
  }

  #up(at) {
    const nodes = this.nodes
    while (at > 0) {
      const above = (at - 1) >> 1
      if (nodes[above].score <= nodes[at].score) return
      ;[nodes[above], nodes[at]] = [nodes[at], nodes[above]]
      at = above
    }
  }

  #down(at) {
    const nodes = this.nodes
    for (;;) {
      let least = at
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < nodes.length && nodes[below].score < nodes[least].score) least = below
      }
      if (least === at) return
      ;[nodes[least], nodes[at]] = [nodes[at], nodes[least]]
      at = least
    }
  }
}

const top = new TopHeap(7500)

function score(i) {
  top.offer({ id: i, score: (i * 7919) % 10007, reasons: ['views', 'age'] })
}

module.exports = {
  name: 'priority-heap',
  kind: 'filling',
  source: 'pattern: a bounded priority queue',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) score(ctx.i++)
  },
  async teardown() {},
  expect: { leak: false, container: 'nodes: 7,500', pathIncludes: [], leakedType: null }
}
