'use strict'
/** Real sockets: those that end leave their room, those that are reset do not. */
const net = require('node:net')
const { once } = require('node:events')

class Client {
  constructor(socket, room) {
    this.socket = socket
    this.room = room
    this.presence = { typing: false, lastSeen: Date.now(), cursor: { x: 0, y: 0 } }
  }
}

class Lobby {
  constructor() {
    this.rooms = new Map()
    for (let i = 0; i < 6; i++) this.rooms.set(`room-${i}`, new Set())
    this.next = 0
  }

  join(socket) {
    const client = new Client(socket, `room-${this.next++ % 6}`)
    this.rooms.get(client.room).add(client)
    socket.on('end', () => this.rooms.get(client.room).delete(client))
    socket.on('error', () => {})
    socket.on('data', (text) => socket.write(text))
  }
}

async function visit(port, i) {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write('hello')
  await once(socket, 'data')
  socket.resume()
  if (i % 5 === 0) socket.resetAndDestroy()
  else socket.end()
  await once(socket, 'close')
}

module.exports = {
  name: 'room-terminated-clients',
  kind: 'sockets',
  source: 'https://github.com/socketio/socket.io/issues/1736',
  verify: { n: 150, warmup: 3 },
  async setup() {
    const lobby = new Lobby()
    const server = net.createServer((socket) => lobby.join(socket))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { i: 0, server, lobby, port: server.address().port }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k += 5) {
      await Promise.all(Array.from({ length: 5 }, () => visit(ctx.port, ctx.i++)))
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  },
  async teardown(ctx) {
    ctx.server.close()
  },
  expect: {
    leak: true,
    container: 'six Sets of clients in rooms (Map) of the Lobby',
    pathIncludes: ['rooms'],
    leakedType: 'Client',
    others: [{ pathIncludes: ['socket'], leakedType: 'Socket' }],
    allocatedIn: ['join', 'Client']
  }
}
