'use strict'
// A queue that is empty but for what just came. From the tenth step on its consumers are down for three steps; when they are
// back they take three times as much as comes until it is empty.
class Job {
  constructor(id) {
    this.id = id
    this.payload = { order: id, lines: [id, id + 1] }
  }
}

const waiting = []
const DOWN_FROM = 10
const DOWN_FOR = 3

module.exports = {
  name: 'consumers-down',
  kind: 'queue',
  source: 'pattern: consumers down for a while',
  packages: {},
  verify: { n: 700, warmup: 6, rounds: 14 },
  async setup() {
    return { now: 0, next: 0, done: 0 }
  },
  async step(ctx, n) {
    ctx.now++
    for (let i = 0; i < n; i++) waiting.push(new Job(ctx.next++))
    const isDown = ctx.now >= DOWN_FROM && ctx.now < DOWN_FROM + DOWN_FOR
    const taken = isDown ? [] : waiting.splice(0, 3 * n)
    ctx.done += taken.length
  },
  async teardown() {
    waiting.length = 0
  },
  expect: {
    leak: false,
    container: 'waiting, emptied when the consumers are back',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
