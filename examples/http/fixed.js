'use strict'

// The same server, fixed: a request is removed when its response ends.

const http = require('node:http')
const { start } = require('seep')

/** Requests in progress, for the log. */
const requests = new Map()
let next = 0

const server = http.createServer((req, res) => {
  req.id = next++
  requests.set(req.id, req)
  res.on('close', () => requests.delete(req.id))
  res.end('hello\n')
})

start()
server.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
