'use strict'
// A FinalizationRegistry that watches the tenant, not the lease: the tenant never dies, so each held value stays.
const leases = new FinalizationRegistry((lease) => {
  lease.returned = true
})
const tenant = { name: 'acme' }

class Lease {
  constructor(id) {
    this.id = id
    this.blocks = Array.from({ length: 10 }, (_, k) => ({ id, k }))
    this.returned = false
  }
}

module.exports = {
  name: 'registry-held',
  kind: 'finalization',
  source: 'pattern: FinalizationRegistry.register(longLived, heldValue) without unregister',
  packages: {},
  verify: { n: 200, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) leases.register(tenant, new Lease(ctx.next++))
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'leases (FinalizationRegistry: held values of a target that lives on)',
    leakedType: 'Lease',
    pathIncludes: ['leases', 'FinalizationRegistry'],
    allocatedIn: ['Lease'],
    bytesPerUnit: 500
  }
}
