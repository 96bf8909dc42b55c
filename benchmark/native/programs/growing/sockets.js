'use strict'
// Connections that nobody ends: the client forgets them, the server waits.
const net = require('node:net')

module.exports = {
  cause: 'sockets not closed',
  expect: { kinds: ['handles'], culprit: 'TCP', leak: ['ocket'] },
  units: 6,
  async setup() {
    const server = net.createServer((socket) => socket.on('data', (data) => socket.write(data)))
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server.address().port
  },
  async work(port, n) {
    for (let i = 0; i < n; i++) {
      const socket = net.connect(port, '127.0.0.1')
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write('a request')
      await new Promise((resolve) => socket.once('data', resolve))
    }
  }
}
