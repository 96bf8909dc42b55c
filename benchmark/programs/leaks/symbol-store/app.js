'use strict'
// A plug-in keeps per-request state on the application object under a symbol of its own, keyed by one more symbol for
// each request: no name anywhere can clash, and nobody can list what is there.
const kState = Symbol('plugin.state')

function install(application) {
  application[kState] = {}
}

function begin(application, url) {
  const key = Symbol(url)
  application[kState][key] = { url, started: url.length, tags: ['a', url] }
  return key
}

class Application {
  handled = 0
}

const application = new Application()
install(application)

module.exports = {
  name: 'symbol-store',
  kind: 'collection',
  source: 'pattern: object keyed by symbols',
  packages: {},
  verify: { n: 500, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const key = begin(application, `/orders/${ctx.next++}`)
      if (application[kState][key].started > 0) application.handled++
    }
  },
  async teardown() {
    application[kState] = {}
  },
  expect: {
    leak: true,
    container: 'application[plugin.state] (object keyed by symbols)',
    leakedType: 'Object',
    pathIncludes: ['plugin.state'],
    allocatedIn: ['begin'],
    bytesPerUnit: 260
  }
}
