'use strict'
/** A data loader made once per process, with objects for keys: no key is ever found again, none is dropped. */

class Loader {
  constructor(batch) {
    this.batch = batch
    this.cacheMap = new Map()
    this.queue = []
  }

  load(key) {
    const known = this.cacheMap.get(key)
    if (known !== undefined) return known
    const promise = new Promise((resolve, reject) => {
      this.queue.push({ key, resolve, reject })
      if (this.queue.length === 1) process.nextTick(() => this.#dispatch())
    })
    this.cacheMap.set(key, promise)
    return promise
  }

  async #dispatch() {
    const queue = this.queue
    this.queue = []
    const values = await this.batch(queue.map(({ key }) => key))
    for (let i = 0; i < queue.length; i++) queue[i].resolve(values[i])
  }
}

const loaders = {
  observables: new Loader(async (keys) =>
    keys.map(({ id }) => ({ id, type: 'ipv4', score: id % 100 }))
  )
}

async function resolveIndicator(i) {
  const [observable, other] = await Promise.all([
    loaders.observables.load({ id: i, types: ['ipv4'] }),
    loaders.observables.load({ id: i % 10, types: ['ipv4', 'domain'] })
  ])
  return { id: i, score: observable.score + other.score }
}

module.exports = {
  name: 'loader-per-app',
  kind: 'loader',
  source: 'https://github.com/OpenCTI-Platform/opencti/issues/2878',
  verify: { n: 300, warmup: 3 },
  async setup() {
    return { i: 0, score: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) ctx.score += (await resolveIndicator(ctx.i++)).score
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'cacheMap (Map) of loaders.observables',
    pathIncludes: ['cacheMap', 'observables'],
    leakedType: 'Promise',
    others: [{ pathIncludes: ['cacheMap'], leakedType: 'Object' }],
    allocatedIn: ['load', 'resolveIndicator', 'batch']
  }
}
