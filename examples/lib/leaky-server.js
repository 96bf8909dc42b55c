'use strict'

// A leaking server for the examples: sessions are added but never removed.

const http = require('node:http')

class Session {
  constructor(url) {
    this.url = url
    this.startedAt = new Date()
    this.history = new Array(32).fill(0)
  }
}

const sessions = []

const server = http.createServer((req, res) => {
  sessions.push(new Session(req.url))
  res.end('hello\n')
})

server.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})

process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
