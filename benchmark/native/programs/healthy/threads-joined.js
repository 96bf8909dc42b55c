'use strict'

module.exports = {
  cause: 'threads of an addon that end',
  needs: ['addon'],
  expect: { kinds: [], explains: ['fragmentation'] },
  units: 20,
  async setup({ addon }) {
    return addon
  },
  async work(addon, n) {
    for (let i = 0; i < n; i++) addon.startAndJoin()
  }
}
