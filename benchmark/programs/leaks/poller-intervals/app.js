'use strict'
// One health poller per connected device. Devices leave, their pollers are never stopped.
const { setImmediate: turn } = require('node:timers/promises')

class DevicePoller {
  constructor(serial) {
    this.serial = serial
    this.readings = new Array(16).fill(null)
    this.timer = setInterval(() => this.poll(), 3_600_000)
    this.timer.unref()
  }

  poll() {
    this.readings.unshift({ at: Date.now(), serial: this.serial })
    this.readings.length = 16
  }
}

module.exports = {
  name: 'poller-intervals',
  kind: 'timers',
  source: 'pattern: setInterval without clearInterval',
  packages: {},
  verify: { n: 300, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const poller = new DevicePoller(`sn-${ctx.next++}`)
      poller.poll()
      if (i % 60 === 0) await turn()
    }
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'timer list (Timeout, _onTimeout, DevicePoller)',
    leakedType: 'DevicePoller',
    pathIncludes: ['Timeout', '_onTimeout'],
    allocatedIn: ['DevicePoller', 'poll'],
    bytesPerUnit: 620
  }
}
