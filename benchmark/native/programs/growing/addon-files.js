'use strict'
// An index of a megabyte per shard, mapped again at every reload.
const fs = require('node:fs')
const path = require('node:path')

module.exports = {
  cause: 'an addon that maps files and does not unmap them',
  needs: ['addon'],
  expect: { kinds: ['mapped-files'], culprit: 'shard.idx' },
  units: 4,
  async setup({ addon, folder }) {
    const file = path.join(folder, 'shard.idx')
    fs.writeFileSync(file, Buffer.alloc(1 << 20, 7))
    return { addon, file }
  },
  async work({ addon, file }, n) {
    for (let i = 0; i < n; i++) addon.mapFile(file)
  }
}
