'use strict'
// No object of the program holds them: an addon has references that it does not delete.

module.exports = {
  cause: 'Buffers that an addon keeps references to',
  needs: ['addon'],
  expect: { kinds: ['array-buffers'], leak: ['Buffer'] },
  units: 20,
  async setup({ addon }) {
    return addon
  },
  async work(addon, n) {
    for (let i = 0; i < n; i++) addon.hold(Buffer.alloc(150_000, 7))
  }
}
