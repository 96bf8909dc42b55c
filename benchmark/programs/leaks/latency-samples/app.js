'use strict'
// All latencies are kept, for a percentile that is asked for once in a while. Numbers in an array are no objects: only
// the array's own table grows.
class LatencyTracker {
  samples = []
  #sum = 0

  record(milliseconds) {
    this.samples.push(milliseconds)
    this.#sum += milliseconds
  }

  get mean() {
    return this.#sum / this.samples.length
  }

  percentile(share) {
    const sorted = Float64Array.from(this.samples).sort()
    return sorted[Math.floor(share * (sorted.length - 1))]
  }
}

const tracker = new LatencyTracker()

module.exports = {
  name: 'latency-samples',
  kind: 'numbers',
  source: 'pattern: percentile over all samples instead of a histogram',
  packages: {},
  verify: { n: 40_000, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, p99: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) tracker.record(1 + ((ctx.next++ * 7919) % 1000) / 37)
    ctx.p99 = tracker.percentile(0.99)
  },
  async teardown() {
    tracker.samples = []
  },
  expect: {
    leak: true,
    container: 'tracker.samples (Array of numbers)',
    leakedType: 'number',
    pathIncludes: ['tracker', 'samples'],
    allocatedIn: ['record'],
    bytesPerUnit: 9
  }
}
