'use strict'

/** The traffic on an application: requests drawn by its own mix, in the waves, pauses and bursts of `field/traffic.js`. */

const http = require('node:http')
const { traffic } = require('../field/traffic')
const { uniform } = require('../random')
const { pause } = require('./server')

/** Requests at the same time, at most. */
const BESIDE = 6
const BEAT_MS = 200
/** A server that cannot follow sheds load. */
const MOST_BEHIND = 20
const TIMEOUT_MS = 30_000

/** Requests to one server, over connections that stay open. */
function clientOf({ port, folder }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: BESIDE })
  let cookie = null
  function send(method, path, { body, headers = {} } = {}) {
    return new Promise((resolve, reject) => {
      const data = body === undefined ? undefined : JSON.stringify(body)
      const request = http.request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          agent,
          timeout: TIMEOUT_MS,
          headers: {
            ...(data === undefined ? {} : { 'content-type': 'application/json' }),
            ...(cookie === null ? {} : { cookie }),
            ...headers
          }
        },
        (response) => {
          const chunks = []
          response.on('data', (chunk) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString()
            resolve({ status: response.statusCode, headers: response.headers, text })
          })
        }
      )
      request.on('timeout', () => request.destroy(new Error('no answer')))
      request.on('error', reject)
      request.end(data)
    })
  }
  return {
    port,
    folder,
    send,
    get: (path, options) => send('GET', path, options),
    post: (path, body, options) => send('POST', path, { body, ...options }),
    put: (path, body, options) => send('PUT', path, { body, ...options }),
    keepCookie: ({ headers }) => {
      cookie = (headers['set-cookie'] ?? []).map((text) => text.split(';')[0]).join('; ')
    },
    close: () => agent.destroy()
  }
}

/**
 * Runs until `isOver`. An answer of 500 or above counts as failed, and so does none.
 *
 * @returns {Promise<{ requests: number, failed: number }>}
 */
async function drive(app, client, { seed, intervalMs, intervals, isOver }) {
  const loads = traffic(seed, intervals)
  const random = uniform(seed)
  const sums = { requests: 0, failed: 0, why: {} }
  const running = new Set()
  const begin = performance.now()
  let due = 0
  let until = 0
  function one() {
    const fail = (why) => {
      sums.failed += 1
      sums.why[why] = (sums.why[why] ?? 0) + 1
    }
    const work = app
      .step(client, random)
      .then((answer) => (answer?.status >= 500 ? fail(answer.status) : undefined))
      .catch((error) => fail(error.message))
      .finally(() => running.delete(work))
    sums.requests += 1
    running.add(work)
  }
  while (!isOver()) {
    await pause(BEAT_MS)
    const now = (performance.now() - begin) / 1000
    const load = loads[Math.floor((now * 1000) / intervalMs) % loads.length]
    due = Math.min(due + app.perSecond * load * (now - until), MOST_BEHIND)
    until = now
    for (; due >= 1 && running.size < BESIDE; due--) one()
  }
  await Promise.all(running)
  return sums
}

module.exports = { clientOf, drive }
