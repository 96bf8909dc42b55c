'use strict'

const http = require('node:http')
const next = require('next')

async function main() {
  const app = next({ dev: false, dir: __dirname })
  await app.prepare()
  const handle = app.getRequestHandler()
  http
    .createServer((request, response) => handle(request, response))
    .listen(process.argv[2], '127.0.0.1')
}

main()
