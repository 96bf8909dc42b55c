'use strict'
/** A sweep by forEach() with the age in ticks, every two hundredth time. */

class Presence {
  constructor() {
    this.users = new Map()
    this.tick = 0
  }

  seen(id) {
    this.users.set(id, { id, lastTick: this.tick, status: { online: true, text: `hi ${id}` } })
    if (++this.tick % 200 === 0) this.sweep()
  }

  sweep() {
    this.users.forEach((user, id) => {
      if (this.tick - user.lastTick > 7000) this.users.delete(id)
    })
  }
}

const presence = new Presence()

function ping(i) {
  presence.seen(i)
}

module.exports = {
  name: 'swept-with-foreach',
  kind: 'filling',
  source: 'pattern: map.forEach((value, key) => { if (...) map.delete(key) })',
  verify: { n: 400, warmup: 22 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ping(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'users: those of 7,200 pings',
    pathIncludes: [],
    leakedType: null
  }
}
