'use strict'
// Twelve tenants, each with a Map of uploads of its own. The outer Map never grows; all the inner ones do.
const tenants = new Map()

class Tenant {
  constructor(name) {
    this.name = name
    this.uploads = new Map()
  }
}

for (let i = 0; i < 12; i++) tenants.set(`tenant-${i}`, new Tenant(`tenant-${i}`))

class Upload {
  constructor(id, size) {
    this.id = id
    this.size = size
    this.parts = [
      { from: 0, to: size >> 1 },
      { from: size >> 1, to: size }
    ]
  }
}

module.exports = {
  name: 'tenant-maps',
  kind: 'collection',
  source: 'pattern: growth spread over siblings',
  packages: {},
  verify: { n: 600, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const id = ctx.next++
      tenants.get(`tenant-${(id * 7) % 12}`).uploads.set(`up-${id}`, new Upload(id, id * 3))
    }
  },
  async teardown() {
    tenants.clear()
  },
  expect: {
    leak: true,
    container: 'Tenant.uploads (Map) of every tenant in tenants',
    leakedType: 'Upload',
    pathIncludes: ['tenants', 'uploads', 'Map'],
    allocatedIn: ['Upload'],
    bytesPerUnit: 280
  }
}
