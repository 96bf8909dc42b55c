'use strict'
/** A method that empties the list ran once, when the service connected. */

class Measurement {
  constructor(i) {
    this.at = i
    this.values = [i, i * 2, i * 3]
    this.sensor = `s${i % 12}`
  }
}

class Recorder {
  constructor() {
    this.measurements = []
    this.sessions = 0
  }

  connect() {
    const lost = this.measurements
    this.measurements = []
    this.sessions++
    return lost.length
  }

  record(i) {
    this.measurements.push(new Measurement(i))
  }
}

const recorder = new Recorder()
recorder.connect()

function measure(i) {
  recorder.record(i)
}

module.exports = {
  name: 'emptied-at-start',
  kind: 'masked',
  source: 'pattern: a reset that runs at start only',
  verify: { n: 400, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) measure(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'recorder.measurements (Array)',
    pathIncludes: ['measurements'],
    leakedType: 'Measurement',
    allocatedIn: ['record', 'measure', 'Measurement']
  }
}
