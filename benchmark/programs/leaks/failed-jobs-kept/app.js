'use strict'
/** Jobs that failed are kept for a dashboard that no one asks, by id, each with its error, input and stack. */

class Job {
  constructor(id, input) {
    this.id = id
    this.input = input
    this.attempts = 0
    this.failures = []
  }
}

class Worker {
  constructor() {
    this.jobs = Object.create(null)
    this.done = 0
  }

  async work(job) {
    this.jobs[job.id] = job
    while (job.attempts < 3) {
      job.attempts++
      try {
        await resize(job.input)
        delete this.jobs[job.id]
        this.done++
        return
      } catch (error) {
        job.failures.push(error)
      }
    }
  }
}

async function resize(input) {
  await null
  if (input.mime === 'image/heic') throw new Error(`no decoder for ${input.name}`)
  return Buffer.alloc(2048).fill(input.width & 255).length
}

const worker = new Worker()

module.exports = {
  name: 'failed-jobs-kept',
  kind: 'registry',
  source: 'https://github.com/OptimalBits/bull/issues/1010',
  verify: { n: 1500, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) {
      const i = ctx.i++
      const mime = i % 33 === 0 ? 'image/heic' : 'image/jpeg'
      await worker.work(new Job(`job:${i}`, { name: `IMG_${i}`, mime, width: i % 4000 }))
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'worker.jobs (an object used as a table)',
    pathIncludes: ['jobs'],
    leakedType: 'Job',
    allocatedIn: ['work', 'step', 'Job']
  }
}
