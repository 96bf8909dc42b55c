'use strict'
// A MessageChannel per job, for progress messages. Neither port is closed: open ports are kept by the environment.
const { MessageChannel } = require('node:worker_threads')

class ProgressMeter {
  constructor(job) {
    this.job = job
    this.steps = []
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (step) => this.steps.push(step))
    port1.unref()
    this.input = port2
  }
}

module.exports = {
  name: 'message-ports',
  kind: 'handles',
  source: 'pattern: MessagePort.close() forgotten',
  packages: {},
  verify: { n: 60, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) new ProgressMeter({ id: ctx.next++ }).input.postMessage(i)
    await new Promise((resolve) => setTimeout(resolve, 5))
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'open MessagePorts (native handles)',
    leakedType: 'MessagePort',
    pathIncludes: ['MessagePort'],
    allocatedIn: ['ProgressMeter'],
    bytesPerUnit: 3000,
    perUnit: 2
  }
}
