'use strict'
// A Worker per report, which waits for another message when it is done.
const { Worker } = require('node:worker_threads')

const CODE = `require('node:worker_threads').parentPort.on('message', () => {})`

module.exports = {
  cause: 'Workers not ended',
  expect: { kinds: ['threads', 'handles'], leak: ['Worker'] },
  units: 1,
  async setup() {
    return null
  },
  async work(_, n) {
    for (let i = 0; i < n; i++) {
      const worker = new Worker(CODE, { eval: true })
      await new Promise((resolve) => worker.once('online', resolve))
    }
  }
}
