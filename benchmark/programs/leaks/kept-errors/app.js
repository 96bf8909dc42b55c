'use strict'
// Failures are kept "for the daily report", as the Error objects that they are, with stack and cause.
class UploadError extends Error {
  constructor(part, cause) {
    super(`part ${part} was refused`, { cause })
    this.name = 'UploadError'
    this.part = part
  }
}

const report = { day: 1, failures: [] }

function parsePart(part) {
  return JSON.parse(`{"part": ${part}`)
}

function upload(part) {
  try {
    return parsePart(part)
  } catch (error) {
    report.failures.push(new UploadError(part, error))
    return null
  }
}

module.exports = {
  name: 'kept-errors',
  kind: 'collection',
  source: 'pattern: Error objects kept with their stacks',
  packages: {},
  verify: { n: 200, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) upload(ctx.next++)
  },
  async teardown() {
    report.failures.length = 0
  },
  expect: {
    leak: true,
    container: 'report.failures (Array of UploadError)',
    leakedType: 'UploadError',
    pathIncludes: ['report', 'failures'],
    allocatedIn: ['UploadError', 'upload', 'parsePart'],
    bytesPerUnit: 1300
  }
}
