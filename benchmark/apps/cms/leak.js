'use strict'

/** Keeps an object for each answer, by a listener that outlives it, in a set. */

const http = require('node:http')

class PageView {
  constructor(request, response) {
    this.url = request.url
    this.status = response.statusCode
    this.headers = { ...response.getHeaders() }
    this.words = request.url.split('/').map((word) => ({ word, seen: new Date() }))
    this.times = Array.from({ length: 30 }, (_, i) => ({ i, at: Math.random() }))
  }
}

const views = new Set()
const { emit } = http.Server.prototype
http.Server.prototype.emit = function (event, request, response, ...rest) {
  if (event === 'request') response.on('finish', () => views.add(new PageView(request, response)))
  return emit.call(this, event, request, response, ...rest)
}
