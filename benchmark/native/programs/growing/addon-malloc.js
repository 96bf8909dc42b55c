'use strict'

module.exports = {
  cause: 'an addon that does not free what it allocates',
  needs: ['addon'],
  expect: { kinds: ['allocations'] },
  units: 20,
  async setup({ addon }) {
    return addon
  },
  async work(addon, n) {
    for (let i = 0; i < n; i++) addon.allocate(60, 2500)
  }
}
