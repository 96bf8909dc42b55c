'use strict'
// Connections that are opened for one message and never closed, by either side. No collection of the program holds
// them; the handles do.
const net = require('node:net')
const { once } = require('node:events')
const { listen } = require('../../lib/loopback')

class Reporter {
  constructor(port, sensor) {
    this.sensor = sensor
    this.acknowledged = []
    this.socket = net.connect(port, '127.0.0.1')
    this.socket.on('data', (text) => this.acknowledged.push(text.toString()))
  }

  async report(value) {
    this.socket.write(`${this.sensor} ${value}\n`)
    await once(this.socket, 'data')
  }
}

module.exports = {
  name: 'open-sockets',
  kind: 'handles',
  source: 'pattern: socket.end() forgotten',
  packages: {},
  verify: { n: 25, warmup: 6, rounds: 10 },
  async setup() {
    const server = net.createServer((peer) => {
      peer.on('data', () => peer.write('ok\n'))
    })
    return { server, port: await listen(server), next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) await new Reporter(ctx.port, `sensor ${ctx.next++}`).report(i)
  },
  async teardown(ctx) {
    ctx.server.unref()
  },
  expect: {
    leak: true,
    container: 'open TCP handles (one Socket each)',
    leakedType: 'Socket',
    pathIncludes: ['TCP', 'Socket'],
    allocatedIn: ['Reporter'],
    bytesPerUnit: 2300,
    perUnit: 2
  }
}
