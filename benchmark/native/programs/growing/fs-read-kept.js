'use strict'
// Chunks of a log, read into buffers that are kept for a search which never ends.
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const read = promisify(fs.read)
const chunks = []

module.exports = {
  cause: 'buffers of fs.read kept',
  expect: { kinds: ['array-buffers'], leak: ['chunks'] },
  units: 30,
  async setup({ folder }) {
    const file = path.join(folder, 'app.log')
    fs.writeFileSync(file, 'a line of the log\n'.repeat(100_000))
    return fs.openSync(file, 'r')
  },
  async work(file, n) {
    for (let i = 0; i < n; i++) {
      const { buffer } = await read(file, Buffer.allocUnsafe(65_536), 0, 65_536, i * 1000)
      chunks.push(buffer)
    }
  }
}
