'use strict'
// "Wait for everything so far, and this": tail = Promise.all([tail, job]). The result of each holds the result before,
// arrays within arrays, and no queue is anywhere to be seen.
const writer = {
  tail: Promise.resolve(null),
  write(job) {
    writer.tail = Promise.all([writer.tail, job])
    return writer.tail
  }
}

async function save(id) {
  await null
  return { id, saved: true, etag: `"${id.toString(36)}"` }
}

module.exports = {
  name: 'all-queue',
  kind: 'linked-list',
  source: 'pattern: Promise.all over the previous Promise.all',
  packages: {},
  verify: { n: 1000, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) writer.write(save(ctx.next++))
    await writer.tail
  },
  async teardown() {
    writer.tail = null
  },
  expect: {
    leak: true,
    container: 'writer.tail (Promise whose result is an array that holds the array before)',
    leakedType: 'Array',
    pathIncludes: ['writer', 'tail'],
    allocatedIn: ['write', 'save'],
    bytesPerUnit: 200
  }
}
