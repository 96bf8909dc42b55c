'use strict'
// A transcript that is meant to be shown at the end of the day: text += line, for every line.
class Transcript {
  text = ''
  lines = 0

  add(speaker, sentence) {
    this.text += `[${this.lines++}] ${speaker}: ${sentence}\n`
  }

  get ending() {
    return this.text.slice(-200)
  }
}

const transcript = new Transcript()

module.exports = {
  name: 'growing-transcript',
  kind: 'strings',
  source: 'pattern: log += line',
  packages: {},
  verify: { n: 1500, warmup: 3, rounds: 10 },
  async setup() {
    return { shown: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++)
      transcript.add(`speaker ${i % 7}`, `we are at sentence ${i} and go on from here`)
    ctx.shown += transcript.ending.length
  },
  async teardown() {
    transcript.text = ''
  },
  expect: {
    leak: true,
    container: 'transcript.text (a string that grows)',
    leakedType: 'string',
    pathIncludes: ['transcript', 'text'],
    allocatedIn: ['add'],
    bytesPerUnit: 63,
    perUnit: 0.001
  }
}
