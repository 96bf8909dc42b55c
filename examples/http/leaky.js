'use strict'

// A server that leaks: `requests` keeps every request.

const http = require('node:http')
const { start } = require('seep')

/** Requests in progress, for the log. */
const requests = new Map()
let next = 0

const server = http.createServer((req, res) => {
  req.id = next++
  requests.set(req.id, req)
  res.end('hello\n')
})

start()
server.listen(Number(process.env.PORT ?? 3000), () => {
  console.log(`listening on http://localhost:${server.address().port}`)
})
