'use strict'

module.exports = {
  cause: 'an addon that maps memory and does not unmap it',
  needs: ['addon'],
  expect: { kinds: ['mappings'] },
  units: 10,
  async setup({ addon }) {
    return { addon, mapped: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      context.addon.map(400_000)
      context.mapped += Math.ceil(400_000 / 4096) * 4096
    }
  },
  /** Nobody but the addon knows what it is. */
  unattributedBytes: ({ mapped }) => mapped
}
