'use strict'
// When each user was last seen, by region. Keys and values are small integers, so that nothing but the tables of the
// Maps grows, each in doublings.
const REGIONS = 9
const lastSeen = Array.from({ length: REGIONS }, () => new Map())
let clock = 1_000

/** Regions are of very different size. */
function regionOf(user) {
  return Math.floor(Math.sqrt(user % (REGIONS * REGIONS)))
}

function visit(user) {
  lastSeen[regionOf(user)].set(user, clock)
  clock += 1
}

module.exports = {
  name: 'last-seen',
  kind: 'numbers',
  source: 'pattern: Map<number, number> keyed by visitor',
  packages: {},
  verify: { n: 6000, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 1 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) visit(ctx.next++)
  },
  async teardown() {
    for (const region of lastSeen) region.clear()
  },
  expect: {
    leak: true,
    container: 'lastSeen (Array of Maps of numbers)',
    leakedType: 'number',
    pathIncludes: ['lastSeen', 'Map'],
    allocatedIn: ['visit'],
    bytesPerUnit: 40
  }
}
