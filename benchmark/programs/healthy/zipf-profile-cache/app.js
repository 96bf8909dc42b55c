'use strict'
/** Profiles of 4,000 users, cached without a declared bound: traffic is skewed, so new ones come ever more rarely. */

class Profile {
  constructor(id) {
    this.id = id
    this.name = `user ${id}`
    this.settings = {
      theme: id % 2 === 0 ? 'dark' : 'light',
      locale: 'en',
      flags: [id % 3, id % 5]
    }
  }
}

const USERS = 4000
const profiles = new Map()
let seed = 11

function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
  return seed / 4294967296
}

/** Zipf: the rank is spread evenly on a logarithmic scale. */
function anyUser() {
  return Math.min(USERS, Math.floor(USERS ** random()))
}

function load() {
  const id = anyUser()
  let profile = profiles.get(id)
  if (profile === undefined) {
    profile = new Profile(id)
    profiles.set(id, profile)
  }
  return profile.settings.flags[0]
}

module.exports = {
  name: 'zipf-profile-cache',
  kind: 'cache',
  source: 'pattern: a cache over a finite set under skewed traffic',
  verify: { n: 700, warmup: 12 },
  async setup() {
    return { sum: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.sum += load()
  },
  async teardown() {},
  expect: { leak: false, container: 'profiles: at most 4,000', pathIncludes: [], leakedType: null }
}
