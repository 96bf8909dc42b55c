'use strict'
// ES modules are imported as routes are first used: 180 small modules, with code, closures and tables, until the last
// warm-up step; the module map keeps all of them for good, and rightly so.
const ROUTES = 180

function source(route) {
  return `const table = new Map(Array.from({ length: 40 }, (_, k) => ['r${route}:' + k, { k, path: '/r${route}/' + k }]))
export function handle(request) { return table.get('r${route}:' + (request % 40)).path.length }
export class Route${route} { constructor(id) { this.id = id } get path() { return '/r${route}/' + this.id } }`
}

const routes = []

async function route(index) {
  routes[index] ??= await import(`data:text/javascript,${encodeURIComponent(source(index))}`)
  return routes[index]
}

module.exports = {
  name: 'lazy-esm',
  kind: 'warmup',
  source: 'pattern: dynamic import() on first use',
  packages: {},
  verify: { n: 30, warmup: 7, rounds: 14 },
  async setup() {
    return { next: 0, length: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const module = await route(ctx.next++ % ROUTES)
      for (let request = 0; request < 20; request++) ctx.length += module.handle(request)
    }
  },
  async teardown() {},
  expect: {
    leak: false,
    container: 'module map, 180 modules after 6 steps',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
