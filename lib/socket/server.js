'use strict'

/**
 * The socket of this process, through which its user asks what seep knows: HTTP, so that any
 * client will do.
 *
 *     GET  /hello     who this is, and the version of the protocol
 *     GET  /status    that, with the memory now, and the verdict in figures
 *     GET  /report    everything that the status page shows (`PageReport` in express.d.ts)
 *     POST /check     a round now; the answer is its `CheckReport`
 *     POST /snapshot  a heap snapshot
 *
 * A client cannot cost the process more than a few connections, which end soon: each has one
 * request without a body, and its answer. A few may wait for a check, all for the same round, and
 * there is one snapshot at a time. A client that reads nothing is given up, and nothing waits for it.
 *
 * A snapshot goes from the forked child to the connection on seep's own thread: no file, no copy
 * in memory, nothing on the event loop. For a slow reader see src/detector/outlet.rs. Where a
 * child cannot write it, it is first a file without a name (lib/live-snapshot.js).
 */

const fs = require('node:fs')
const http = require('node:http')
const { SKIP_CODE } = require('../inert')
const { sendSnapshot } = require('../page/snapshot')
const { leaveOut } = require('../request-clock')
const { snapshotPath } = require('../snapshot-path')
const { peerOf } = require('./connect')
const { helloOf, reportOf, statusOf } = require('./answers')
const { socketPath } = require('./folder')

/** Connections at once; more are closed at once. */
const MOST_CONNECTIONS = 32
/** Clients that wait for a round; more are refused at once, so that there are connections for others. */
const MOST_WAITING = 8
/** For the request, and for an answer of which nothing is taken. */
const PATIENCE_MS = 10_000
const MOST_HEADER_BYTES = 4096

const METHODS = { '/hello': 'GET', '/status': 'GET', '/report': 'GET' }
for (const name of ['/check', '/snapshot']) METHODS[name] = 'POST'

/**
 * @typedef {object} Served what a socket shows: a detector
 * @property {() => object} status a DetectorStatus
 * @property {import('../page/history').History} history
 * @property {() => Promise<object>} check a round; does not keep the process alive
 * @property {import('../live-snapshot').LiveSnapshots['send']} sendSnapshot
 * @property {import('../live-snapshot').LiveSnapshots['open']} openSnapshot
 */

class SocketServer {
  #served
  #server
  #path
  #patienceMs
  /** The round that clients wait for. */
  #check = null
  #waiting = new Set()
  #connections = new Set()
  #seen = new WeakSet()

  /**
   * Begins to listen.
   *
   * @param {string} folder of `prepareFolder`
   * @param {() => Served} served the detector at this moment
   * @param {(error: Error) => void} onError called if it cannot listen
   * @param {number} [patienceMs] replaced by tests
   */
  constructor(folder, served, onError, patienceMs = PATIENCE_MS) {
    this.#served = served
    this.#patienceMs = patienceMs
    this.#path = socketPath(folder)
    this.#server = http.createServer({
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: patienceMs,
      requestTimeout: patienceMs,
      connectionsCheckingInterval: patienceMs / 2
    })
    leaveOut(this.#server)
    this.#server.maxConnections = MOST_CONNECTIONS
    this.#server.timeout = patienceMs
    this.#server.on('connection', (socket) => this.#admit(socket))
    this.#server.on('request', (req, res) => this.#answer(req, res))
    this.#server.on('clientError', (_, socket) => socket.destroy())
    // Later ones, such as a lack of descriptors, pass.
    this.#server.on('error', (error) => {
      if (!this.#server.listening) onError(error)
    })
    this.#listen()
  }

  get path() {
    return this.#path
  }

  /** The number of connections now. */
  get connections() {
    return this.#connections.size
  }

  /** Removes the socket, and ends every connection. */
  close() {
    this.remove()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#connections) socket.destroy()
    return closed
  }

  /** Removes the socket, when the process exits. */
  remove() {
    try {
      fs.unlinkSync(this.#path)
    } catch {
      // It is gone, or the process has become another user.
    }
  }

  #listen() {
    // Exclusive, because the primary of a cluster would share it between its workers.
    this.#server.listen({ path: this.#path, exclusive: true })
    this.#server.unref()
    // Until then, the mode of the folder protects it. An error comes later, as an event.
    if (this.#server.listening) fs.chmodSync(this.#path, 0o600)
  }

  #admit(socket) {
    socket.unref()
    const peer = peerOf(socket)
    if (peer !== null && peer.uid !== 0 && peer.uid !== process.geteuid()) return socket.destroy()
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
  }

  #answer(req, res) {
    const { socket } = req
    // Requests that come together with the first one would all be answered.
    if (this.#seen.has(socket)) return socket.destroy()
    this.#seen.add(socket)
    this.#serve(req, res).catch((error) => {
      if (SKIP_CODE.test(error.code)) refuseSkip(res, error)
      else refuse(res, 500, 'ERR_INTERNAL', error.message)
    })
  }

  async #serve(req, res) {
    const [name] = req.url.split('?', 1)
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : null
    if (method === null)
      return refuse(res, 404, 'not-found', `There is no ${name.slice(0, 80)} here.`)
    if (req.method !== method)
      return refuse(res, 405, 'method-not-allowed', `Only ${method} is allowed here.`)
    if (hasBody(req)) return refuse(res, 413, 'body', 'Requests have no body.')
    const served = this.#served()
    if (name === '/check') return this.#checkFor(served, req.socket, res)
    if (name === '/snapshot') return this.#snapshot(served, req, res)
    const answerOf = { '/hello': helloOf, '/status': statusOf, '/report': reportOf }[name]
    send(res, 200, answerOf(served))
  }

  /** Answers with the report of a round. Those who ask meanwhile wait for the same one. */
  async #checkFor(served, socket, res) {
    if (this.#waiting.size >= MOST_WAITING)
      return refuse(res, 503, 'busy', `${MOST_WAITING} clients already wait for a check.`)
    this.#waiting.add(socket)
    socket.once('close', () => this.#waiting.delete(socket))
    // Nothing is sent meanwhile.
    socket.setTimeout(0)
    this.#check ??= served.check().finally(() => {
      this.#check = null
    })
    try {
      send(res, 200, await this.#check)
    } finally {
      this.#waiting.delete(socket)
      socket.setTimeout(this.#patienceMs)
    }
  }

  async #snapshot(served, req, res) {
    const { socket } = req
    socket.setTimeout(0)
    const gone = new AbortController()
    res.once('close', () => gone.abort())
    const descriptor = socket._handle?.fd ?? -1
    const { skip, hasBegun } = await served.sendSnapshot(descriptor, head(), gone.signal)
    if (skip === null) return void socket.end(LAST_CHUNK)
    // Without it, the client knows that a part is missing.
    if (hasBegun) return void socket.destroy()
    socket.setTimeout(this.#patienceMs)
    if (skip.code !== 'ERR_CAPTURE_UNAVAILABLE') return refuseSkip(res, skip)
    await sendSnapshot(req, res, served.openSnapshot, {
      headers: HEADERS,
      stalledMs: this.#patienceMs
    })
  }
}

/** Of a response in chunks. */
const LAST_CHUNK = '0\r\n\r\n'

const HEADERS = { Connection: 'close', 'Cache-Control': 'no-store' }

/** Returns the head of a response that the native part writes. */
function head() {
  const headers = {
    ...HEADERS,
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${snapshotPath('')}"`,
    'Transfer-Encoding': 'chunked'
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`
}

function hasBody({ headers }) {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) !== 0
}

function refuseSkip(res, { code, message }) {
  refuse(res, code === 'ERR_CAPTURE_IN_PROGRESS' ? 409 : 503, code, message)
}

function refuse(res, status, code, message) {
  if (res.headersSent) return void res.destroy()
  send(res, status, { code, message })
}

function send(res, status, value) {
  const body = Buffer.from(`${JSON.stringify(value)}\n`)
  res.writeHead(status, {
    ...HEADERS,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length
  })
  res.end(body)
}

module.exports = { MOST_CONNECTIONS, MOST_WAITING, SocketServer }
