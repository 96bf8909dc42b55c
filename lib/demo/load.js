'use strict'

/** Sends requests at a steady rate, if no load generator is installed. */

const http = require('node:http')

/**
 * @param {{ url: string, rate: number, connections: number, onResponse: () => void }} options `rate` in requests per second
 * @returns {() => void} ends the load
 */
function putLoad({ url, rate, connections, onResponse }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
  let sent = 0
  const beganAt = Date.now()
  const timer = setInterval(() => {
    const due = Math.floor(((Date.now() - beganAt) / 1000) * rate)
    for (; sent < due; sent++) {
      const request = http.get(url, { agent }, (response) => {
        response.resume()
        response.on('end', onResponse)
      })
      // The app ends before the load does.
      request.on('error', () => {})
    }
  }, 20)
  return () => {
    clearInterval(timer)
    agent.destroy()
  }
}

module.exports = { putLoad }
