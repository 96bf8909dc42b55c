'use strict'
// A linked work queue. The worker sleeps four rounds of five, so that the queue grows in four successive checks and is
// empty after the fifth.
class WorkQueue {
  head = null
  tail = null
  size = 0

  add(work) {
    const cell = { work, next: null }
    if (this.tail === null) this.head = cell
    else this.tail.next = cell
    this.tail = cell
    this.size++
  }

  *take() {
    while (this.head !== null) {
      const { work, next } = this.head
      this.head = next
      this.size--
      yield work
    }
    this.tail = null
  }
}

const queue = new WorkQueue()

module.exports = {
  name: 'queue-of-five',
  kind: 'sawtooth',
  source: 'pattern: worker on a schedule, period 5',
  packages: {},
  verify: { n: 800, warmup: 6, rounds: 15 },
  async setup() {
    return { round: 0, next: 0, done: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      queue.add({ id: ctx.next++, kind: i % 3 === 0 ? 'resize' : 'index', payload: `p${i}` })
    if (++ctx.round % 5 === 0) for (const work of queue.take()) ctx.done += work.id % 2
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'queue, drained every fifth round',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
