'use strict'
// One route for each pair of 80 places, computed when it is first asked for. The table knows how many there can be.
class Routes {
  constructor(places) {
    this.places = places
    this.capacity = places * places
    this.known = new Map()
  }

  between(from, to) {
    const key = from * this.places + to
    let route = this.known.get(key)
    if (route === undefined) {
      route = { from, to, steps: Array.from({ length: 12 }, (_, i) => `${from}-${i}-${to}`) }
      this.known.set(key, route)
    }
    return route
  }
}

const routes = new Routes(80)

module.exports = {
  name: 'memo-by-size',
  kind: 'filling-cache',
  source: 'pattern: memo of a finite set of keys whose size is a field',
  packages: {},
  verify: { n: 300, warmup: 2, rounds: 25 },
  async setup() {
    return { next: 0, length: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const at = ctx.next++ % (80 * 80)
      ctx.length += routes.between(Math.floor(at / 80), at % 80).steps.length
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'routes, one for each of 6,400 pairs',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
