'use strict'
// Viewers subscribe to rooms through EventEmitter, EventTarget and AbortSignal and leave again; how many are there at a
// check varies, with neither trend nor period.
const { EventEmitter } = require('node:events')

const rooms = Array.from({ length: 8 }, () => new EventEmitter().setMaxListeners(0))
const clock = new EventTarget()
const closing = new AbortController()

class Viewer {
  constructor(id) {
    this.seen = []
    this.room = rooms[id % rooms.length]
    this.onTick = () => this.seen.push('tick')
    this.onMessage = (message) => this.seen.push(message)
    this.room.on('message', this.onMessage)
    clock.addEventListener('tick', this.onTick)
    closing.signal.addEventListener('abort', this.onMessage)
  }

  leave() {
    this.room.off('message', this.onMessage)
    closing.signal.removeEventListener('abort', this.onMessage)
    clock.removeEventListener('tick', this.onTick)
  }
}

const present = []

module.exports = {
  name: 'viewers-come-and-go',
  kind: 'churn',
  source: 'pattern: balanced listeners with a varying level',
  packages: {},
  verify: { n: 300, warmup: 6, rounds: 14 },
  async setup() {
    require('node:events').setMaxListeners(0, clock, closing.signal)
    return { seed: 4242, next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      ctx.seed = (Math.imul(ctx.seed, 1664525) + 1013904223) >>> 0
      const room = 150 + ((ctx.seed >>> 16) % 100)
      present.push(new Viewer(ctx.next++))
      while (present.length > room) present.shift().leave()
      if (i % 60 === 0) {
        rooms[i % 8].emit('message', `m${i}`)
        clock.dispatchEvent(new Event('tick'))
      }
    }
  },
  async teardown() {
    for (const viewer of present) viewer.leave()
  },
  expect: {
    leak: false,
    container: '150 to 250 viewers',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
