'use strict'
// Each request asks to be told of configuration changes; nobody ever takes the callback back. What leaks are closures,
// each with a context of its own that holds the whole request.
const settings = { region: 'eu', limit: 50, subscribers: [] }

function onSettingsChange(callback) {
  settings.subscribers.push(callback)
  callback(settings)
}

function handle(id) {
  const request = {
    id,
    headers: { host: 'shop.test', accept: '*/*' },
    body: `order ${id} `.repeat(8)
  }
  let limit = 0
  onSettingsChange(function refreshLimit(changed) {
    limit = changed.limit
    request.region = changed.region
  })
  return { status: 200, limit }
}

module.exports = {
  name: 'config-subscribers',
  kind: 'closures',
  source: 'pattern: callback registry without unsubscribe',
  packages: {},
  verify: { n: 500, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) handle(ctx.next++)
  },
  async teardown() {
    settings.subscribers.length = 0
  },
  expect: {
    leak: true,
    container: 'settings.subscribers (Array of refreshLimit closures)',
    leakedType: 'closure refreshLimit',
    pathIncludes: ['settings', 'subscribers'],
    allocatedIn: ['handle', 'onSettingsChange'],
    bytesPerUnit: 350
  }
}
