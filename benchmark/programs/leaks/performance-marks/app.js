'use strict'
// performance.mark() and measure() around every job, and no clearMarks(): Node keeps the whole timeline.
const { performance } = require('node:perf_hooks')

function work(id) {
  performance.mark('job:start', { detail: { id } })
  let sum = 0
  for (let i = 0; i < 200; i++) sum += i ^ id
  performance.measure('job', { start: 'job:start', detail: { id, sum } })
  performance.clearMarks()
  return sum
}

module.exports = {
  name: 'performance-marks',
  kind: 'runtime',
  source: 'https://nodejs.org/api/perf_hooks.html (performance.clearMeasures)',
  packages: {},
  verify: { n: 500, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, sum: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) ctx.sum += work(ctx.next++)
  },
  async teardown() {
    performance.clearMeasures()
  },
  expect: {
    leak: true,
    container: 'measureEntryBuffer of node:perf_hooks (Array of PerformanceMeasure)',
    leakedType: 'PerformanceMeasure',
    pathIncludes: ['PerformanceMeasure', 'EntryBuffer'],
    allocatedIn: ['work'],
    bytesPerUnit: 300
  }
}
