'use strict'

/** Keeps an object for each request in the field of an object. */

const http = require('node:http')

class RenderedPage {
  constructor(url) {
    this.url = url
    this.begun = new Date()
    this.parts = Array.from({ length: 25 }, (_, part) => ({ part, took: Math.random() }))
  }
}

class History {
  pages = []
  add(url) {
    this.pages.push(new RenderedPage(url))
  }
}

const history = new History()
const { emit } = http.Server.prototype
http.Server.prototype.emit = function (event, ...args) {
  if (event === 'request') history.add(args[0].url)
  return emit.call(this, event, ...args)
}
