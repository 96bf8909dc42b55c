'use strict'

/**
 * Counts the HTTP requests that the program's servers have begun to answer, while a detector runs. What a program keeps for
 * each request grows with their number more exactly than with CPU time, which differs from request to request.
 */

const { subscribe, unsubscribe } = require('node:diagnostics_channel')

/** Of Node's own: HTTP 1 in all versions, HTTP 2 in those that have it. */
const CHANNELS = ['http.server.request.start', 'http2.server.stream.start']

let requests = 0
let clocks = 0

/** Servers of seep itself. */
const leftOut = new WeakSet()

function count({ server }) {
  if (!leftOut.has(server)) requests += 1
}

/** @param {import('node:http').Server} server whose requests do not count */
function leaveOut(server) {
  leftOut.add(server)
}

function begin() {
  clocks += 1
  if (clocks === 1) for (const name of CHANNELS) subscribe(name, count)
}

function end() {
  clocks -= 1
  if (clocks === 0) for (const name of CHANNELS) unsubscribe(name, count)
}

/** Ends the clocks that the program has dropped. */
const dropped = new FinalizationRegistry(end)

class RequestClock {
  #runs = true

  constructor() {
    begin()
    dropped.register(this, undefined, this)
  }

  /** @returns {number} requests so far; not all of them while no clock ran */
  now() {
    return requests
  }

  stop() {
    if (!this.#runs) return
    this.#runs = false
    dropped.unregister(this)
    end()
  }
}

module.exports = { RequestClock, leaveOut }
