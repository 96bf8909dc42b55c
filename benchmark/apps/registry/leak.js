'use strict'

/** Keeps an object for each request in a map. */

const http = require('node:http')

class Download {
  constructor(request) {
    this.url = request.url
    this.agent = { ...request.headers }
    this.at = new Date()
    this.steps = Array.from({ length: 20 }, (_, step) => ({ step, at: Math.random() }))
  }
}

const downloads = new Map()
const { emit } = http.Server.prototype
http.Server.prototype.emit = function (event, ...args) {
  if (event === 'request') downloads.set(downloads.size, new Download(args[0]))
  return emit.call(this, event, ...args)
}
