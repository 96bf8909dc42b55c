'use strict'
const fs = require('node:fs')
const path = require('node:path')

const BYTES = 1 << 20
const MOST_OPEN = 10

module.exports = {
  cause: 'files that are mapped and unmapped',
  needs: ['addon'],
  expect: { kinds: [] },
  units: 8,
  async setup({ addon, folder }) {
    const file = path.join(folder, 'shard.idx')
    fs.writeFileSync(file, Buffer.alloc(BYTES, 7))
    return { addon, file, open: [] }
  },
  async work({ addon, file, open }, n) {
    for (let i = 0; i < n; i++) {
      open.push(addon.mapFile(file))
      if (open.length > MOST_OPEN) addon.unmap(open.shift(), BYTES)
    }
  }
}
