'use strict'
// HTTP over loopback for the programs; no part of any leak.
const http = require('node:http')
const { once } = require('node:events')

const agent = new http.Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 8 })

/** Listens on a free port. */
async function listen(server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server.address().port
}

function close(server) {
  agent.destroy()
  server.closeAllConnections?.()
  return new Promise((resolve) => server.close(resolve))
}

/** The body of the answer to a GET, or to a POST when there is a body to send. */
function fetchText(port, path, body) {
  const method = body === undefined ? 'GET' : 'POST'
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path, method, headers, agent })
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part) => {
        text += part
      })
      response.on('end', () => resolve(text))
    })
    request.end(body)
  })
}

/** Runs `work(0)` to `work(count - 1)`, at most `width` at a time. */
async function inParallel(count, width, work) {
  let next = 0
  async function worker() {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker))
}

module.exports = { agent, close, fetchText, inParallel, listen }
