'use strict'
// The settings of a tenant are watched from its first request on, and again after each reload.
const fs = require('node:fs')

module.exports = {
  cause: 'watchers of files not closed',
  expect: { kinds: ['handles'], culprit: 'FSEvent', leak: ['FSWatcher'] },
  units: 10,
  async setup({ folder }) {
    return folder
  },
  async work(folder, n) {
    for (let i = 0; i < n; i++) fs.watch(folder, () => {})
  }
}
