'use strict'
// A small reactive layer: reactive(object) returns a Proxy and remembers it, so that all can be frozen for a debug view.
const layer = { proxies: [], reads: 0 }

function reactive(target) {
  const proxy = new Proxy(target, {
    get(object, key) {
      layer.reads++
      return object[key]
    }
  })
  layer.proxies.push(proxy)
  return proxy
}

module.exports = {
  name: 'reactive-proxies',
  kind: 'collection',
  source: 'pattern: Proxy registry',
  packages: {},
  verify: { n: 600, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, total: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const form = reactive({ id: ctx.next++, price: 3.5 * i, dirty: false })
      ctx.total += form.price
    }
  },
  async teardown() {
    layer.proxies.length = 0
  },
  expect: {
    leak: true,
    container: 'layer.proxies (Array of Proxy)',
    leakedType: 'Proxy',
    pathIncludes: ['layer', 'proxies'],
    allocatedIn: ['reactive'],
    bytesPerUnit: 250
  }
}
