'use strict'
const http = require('node:http')

function get(port, path) {
  return new Promise((resolve, reject) => {
    const request = http.get({ port, path, host: '127.0.0.1' }, (response) => {
      response.resume().on('end', resolve)
    })
    request.on('error', reject)
  })
}

module.exports = {
  cause: 'an Express app under load',
  needs: ['express'],
  expect: { kinds: [], explains: ['waiting', 'fragmentation', 'heap-free'] },
  units: 100,
  async setup({ load }) {
    const express = load('express')
    const app = express()
    app.use(express.json())
    app.get('/items/:id', (request, response) => {
      const rows = Array.from({ length: 200 }, (_, i) => ({ id: i, of: request.params.id }))
      response.set('x-request', String(Date.now())).json(rows)
    })
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    return server.address().port
  },
  async work(port, n) {
    for (let i = 0; i < n; i += 10) {
      const some = Array.from({ length: Math.min(10, n - i) }, (_, k) =>
        get(port, `/items/${i + k}`)
      )
      await Promise.all(some)
    }
  }
}
