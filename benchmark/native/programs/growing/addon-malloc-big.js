'use strict'
// So big that the C library maps each block on its own.

module.exports = {
  cause: 'an addon that does not free big blocks',
  needs: ['addon'],
  expect: { kinds: ['allocations'] },
  units: 6,
  async setup({ addon }) {
    return addon
  },
  async work(addon, n) {
    for (let i = 0; i < n; i++) addon.allocate(1, 600_000)
  }
}
