'use strict'
// A recorder that slices its input into ArrayBuffers and keeps every slice of every call for a download that nobody
// fetches. The bytes are outside of the JS heap.
class Recording {
  constructor(call) {
    this.call = call
    this.chunks = []
  }

  write(samples) {
    this.chunks.push(samples.buffer.slice(0, samples.byteLength))
  }
}

const archive = { recordings: [] }

module.exports = {
  name: 'recording-chunks',
  kind: 'buffers',
  source: 'pattern: ArrayBuffers kept for later',
  packages: {},
  verify: { n: 30, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0, input: new Int16Array(4096) }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const recording = new Recording(ctx.next++)
      for (let k = 0; k < 3; k++) {
        ctx.input.fill(k + i)
        recording.write(ctx.input)
      }
      archive.recordings.push(recording)
    }
  },
  async teardown() {
    archive.recordings.length = 0
  },
  expect: {
    leak: true,
    container: 'archive.recordings (Array of Recording, each with ArrayBuffers in chunks)',
    leakedType: 'Recording',
    pathIncludes: ['archive', 'recordings'],
    allocatedIn: ['Recording', 'write'],
    bytesPerUnit: 25_000
  }
}
