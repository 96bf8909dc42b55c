'use strict'

module.exports = {
  cause: 'an addon that starts threads and does not end them',
  needs: ['addon'],
  expect: { kinds: ['threads'], culprit: 'tile-loader' },
  units: 4,
  async setup({ addon }) {
    return addon
  },
  async work(addon, n) {
    for (let i = 0; i < n; i++) addon.start()
  }
}
