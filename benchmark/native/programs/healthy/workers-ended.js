'use strict'
const { Worker } = require('node:worker_threads')

const CODE = `require('node:worker_threads').parentPort.once('message', (text) => {})`

module.exports = {
  cause: 'Workers that are started and end',
  expect: { kinds: [], explains: ['waiting', 'fragmentation', 'heap-free'] },
  units: 2,
  async setup() {
    return null
  },
  async work(_, n) {
    for (let i = 0; i < n; i++) {
      const worker = new Worker(CODE, { eval: true })
      worker.postMessage('the report of a day')
      await new Promise((resolve) => worker.once('exit', resolve))
    }
  }
}
