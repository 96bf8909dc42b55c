'use strict'
// Worker threads that are started for a piece of work and end; two are alive at each check, never the same ones.
const { Worker } = require('node:worker_threads')
const { once } = require('node:events')

const source = `
const { parentPort } = require('node:worker_threads')
parentPort.on('message', ({ rows }) => parentPort.postMessage(rows.map(({ id }) => ({ id, ok: true }))))
`
const shift = []

async function start() {
  const worker = new Worker(source, { eval: true })
  await once(worker, 'online')
  worker.unref()
  return worker
}

module.exports = {
  name: 'worker-shifts',
  kind: 'churn',
  source: 'pattern: short-lived worker threads',
  packages: {},
  verify: { n: 2, warmup: 4, rounds: 14 },
  async setup() {
    return { next: 0, rows: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const worker = await start()
      worker.postMessage({ rows: Array.from({ length: 200 }, () => ({ id: ctx.next++ })) })
      const [rows] = await once(worker, 'message')
      ctx.rows += rows.length
      shift.push(worker)
      if (shift.length > 2) await shift.shift().terminate()
    }
  },
  async teardown() {
    for (const worker of shift) await worker.terminate()
  },
  expect: {
    leak: false,
    container: 'two workers',
    pathIncludes: [],
    leakedType: null,
    bytesPerUnit: 0
  }
}
