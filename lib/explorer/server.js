'use strict'

/** Serves the heap explorer on the loopback interface: its page, and the queries behind it. */

const { once } = require('node:events')
const http = require('node:http')
const { version } = require('../../package.json')
const { readBundle } = require('./bundle')
const { Guard } = require('./guard')
const { Idle } = require('./idle')
const { OpenFiles } = require('./open-files')
const { ask, isQuery } = require('./queries')

const HOST = '127.0.0.1'
/** Only makes URLs of requests whole. */
const BASE = 'http://seep.invalid'

/** The page has no inline scripts, loads nothing from elsewhere, and asks nobody else. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'"
].join('; ')

const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY'
}

/** Errors that are the question's fault, or that the user can do something about; others are 500. */
const STATUS = [
  [/^(ERR_INVALID_ARG|no-such-file|one-file)/, 400],
  [/^ERR_(FILE|SNAPSHOT)/, 422],
  [/^ERR_(CAPTURE_NO_MEMORY|HEAP_CLOSED)/, 503]
]

class Explorer {
  #bundle = readBundle()
  #server = http.createServer((req, res) => this.#handle(req, res))
  #files
  #guard
  #idle

  /**
   * @param {string[]} paths absolute, oldest first
   * @param {{ contents: boolean, idleMs: number, onIdle: () => void }} options
   */
  constructor(paths, { contents, idleMs, onIdle }) {
    this.#files = new OpenFiles(paths, { contents })
    this.#idle = new Idle(idleMs, onIdle)
  }

  /** @returns {Promise<string>} the address to open */
  async listen(port) {
    this.#server.listen(port, HOST)
    await once(this.#server, 'listening')
    this.#guard = new Guard(this.#server.address().port)
    this.#idle.start()
    return this.#guard.url
  }

  /** Starts to read the file that the page shows first, while the browser starts. */
  prepare() {
    // The page asks again, and shows the error.
    this.#files.heap(this.#files.paths.length - 1).catch(() => {})
  }

  async close() {
    this.#idle.stop()
    this.#server.close()
    this.#server.closeAllConnections()
    await this.#files.close()
  }

  #handle(req, res) {
    if (!URL.canParse(req.url, BASE)) return this.#refuse(res, 400, 'bad-url', 'The URL is wrong.')
    const url = new URL(req.url, BASE)
    const judged = this.#guard.judge(req, url)
    if (judged?.refuse !== undefined) return this.#refuse(res, 403, ...judged.refuse)
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      return this.#refuse(res, 405, 'method-not-allowed', 'Only GET is allowed here.')
    }
    if (judged?.cookie !== undefined) {
      res.setHeader('Set-Cookie', judged.cookie)
      url.searchParams.delete('token')
      res.setHeader('Location', `${url.pathname}${url.search}`)
      return send(res, 303, 'text/plain; charset=utf-8', '')
    }
    const done = this.#idle.begin()
    res.on('close', done)
    const [, area, name] = url.pathname.split('/')
    if (area === 'api') return this.#api(name, url, res)
    const file = this.#bundle.get(area === 'assets' ? name : 'index.html')
    if (file === undefined) return this.#refuse(res, 404, 'not-found', 'Not found.')
    send(res, 200, file.type, file.body)
  }

  async #api(name, url, res) {
    if (name === 'events') return this.#events(url, res)
    const aborted = new AbortController()
    res.on('close', () => aborted.abort())
    try {
      const answer = await this.#answer(name, url.searchParams, aborted.signal)
      if (answer === undefined) return this.#refuse(res, 404, 'not-found', 'Not found.')
      send(res, 200, 'application/json; charset=utf-8', JSON.stringify(answer))
    } catch (error) {
      if (aborted.signal.aborted) return
      const code = error.code ?? 'ERR_INTERNAL'
      const status = STATUS.find(([codes]) => codes.test(code))?.[1] ?? 500
      this.#refuse(res, status, code, error.message)
    }
  }

  async #answer(name, parameters, signal) {
    if (name === 'files') {
      return { seep: version, contents: this.#files.contents, files: this.#files.list() }
    }
    if (name === 'verdict') return this.#files.verdict()
    return isQuery(name) ? ask(this.#files, name, parameters, signal) : undefined
  }

  /** Streams how far a file has been read (server-sent events). The connection also says that somebody is looking. */
  #events(url, res) {
    const index = Number(url.searchParams.get('file'))
    if (!this.#files.has(index)) {
      return this.#refuse(res, 400, 'no-such-file', 'There is no such file.')
    }
    res.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream; charset=utf-8' })
    const unfollow = this.#files.follow(index, (progress) => {
      res.write(`data: ${JSON.stringify(progress)}\n\n`)
    })
    res.on('close', unfollow)
    // The error, if there is one, is part of the progress.
    this.#files.heap(index).catch(() => {})
  }

  #refuse(res, status, code, message) {
    send(res, status, 'application/json; charset=utf-8', JSON.stringify({ code, message }))
  }
}

function send(res, status, type, body) {
  if (res.destroyed) return
  res.writeHead(status, {
    ...HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body)
  })
  res.end(res.req.method === 'HEAD' ? undefined : body)
}

module.exports = { Explorer }
