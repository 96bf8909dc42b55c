'use strict'

/**
 * Serves the page over HTTP, as a plain `(req, res, next)` handler.
 *
 * The page's own requests differ from its URL only in the query, so they work under
 * any path that a framework or a proxy uses, with or without a trailing slash.
 */

const { randomBytes, timingSafeEqual } = require('node:crypto')
const { SKIP_CODE } = require('../inert')
const { preferred } = require('./accept')
const { pageDocument } = require('./document')
const { crossOrigin } = require('./origin')
const { openSnapshot } = require('./source')
const { pageState } = require('./state')

/** On every response, because each is only for the current moment and the current user. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY'
}

/** Methods of the addresses that allow others than GET. */
const METHODS = { check: ['POST'], snapshot: ['GET', 'POST'] }

const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"

/** Identifies the process: a page of another one detects that it has changed. */
const INSTANCE = randomBytes(12).toString('base64url')

class PageHandler {
  #detector
  #history
  #options
  #token = randomBytes(24).toString('base64url')

  /**
   * @param {import('../../index').LeakDetector} detector
   * @param {import('./history').History | null} history
   * @param {{ name: string | null, allowCheck: boolean, allowSnapshot: boolean, mountPath: string }} options
   */
  constructor(detector, history, options) {
    this.#detector = detector
    this.#history = history
    this.#options = options
  }

  /** @returns {unknown} result of `next`, if the request is for another path */
  handle(req, res, next) {
    const route = this.#routeOf(req)
    // If `next` throws, it must not be called again for that error.
    if (route === null && typeof next === 'function') return next()
    this.#answer(route, req, res).catch((error) => {
      if (typeof next === 'function' && !res.headersSent) next(error)
      else res.destroy()
    })
  }

  async #answer(route, req, res) {
    if (route === null) {
      return send(req, res, 404, problem('not-found', 'Not found.'))
    }
    const method = req.method === 'HEAD' ? 'GET' : req.method
    const allowed = METHODS[route.name] ?? ['GET']
    if (!allowed.includes(method)) {
      res.setHeader(
        'Allow',
        allowed.flatMap((it) => (it === 'GET' ? ['GET', 'HEAD'] : it)).join(', ')
      )
      const message = `Only ${allowed.join(' and ')} ${allowed.length === 1 ? 'is' : 'are'} allowed here.`
      return send(req, res, 405, problem('method-not-allowed', message))
    }
    if (route.name === 'check') return this.#check(req, res)
    if (route.name === 'snapshot') return this.#snapshot(req, res, method)
    if (route.name === 'live') return send(req, res, 200, json(this.#news(route.query)))
    if (route.name === 'report') return send(req, res, 200, json(this.#state()))
    res.setHeader('Vary', 'Accept')
    if (preferred(req.headers.accept, ['text/html', 'application/json']) === 'application/json') {
      return send(req, res, 200, json(this.#state()))
    }
    return send(req, res, 200, await this.#page())
  }

  /** @returns {{ name: 'page' | 'report' | 'live' | 'check' | 'snapshot', query: URLSearchParams } | null} null for another path */
  #routeOf(req) {
    const [path, search = ''] = (req.url ?? '/').split(/\?(.*)/s)
    const { mountPath } = this.#options
    if (path !== mountPath && !path.startsWith(`${mountPath}/`)) return null
    const rest = path.slice(mountPath.length)
    const query = new URLSearchParams(search)
    if (rest === '/report.json') return { name: 'report', query }
    if (rest !== '' && rest !== '/') return null
    if (query.has('check')) return { name: 'check', query }
    if (query.has('snapshot')) return { name: 'snapshot', query }
    if (query.has('live')) return { name: 'live', query }
    return { name: query.get('format') === 'json' ? 'report' : 'page', query }
  }

  #state() {
    return pageState(this.#detector.status(), this.#history)
  }

  /** Returns the changes since the page's last request: samples, or everything if a round has ended. */
  #news(query) {
    const { lastCheck, ...status } = this.#detector.status()
    const revision = this.#history?.revision ?? 0
    const isNew = query.get('revision') !== String(revision)
    const after = Number(query.get('after'))
    return {
      instance: INSTANCE,
      at: new Date().toISOString(),
      revision,
      status,
      recent: isNew ? null : (this.#history?.samplesAfter(after) ?? null),
      state: isNew ? this.#state() : null
    }
  }

  async #page() {
    const { name, allowCheck, allowSnapshot } = this.#options
    const revision = this.#history?.revision ?? 0
    const { text, policy } = await pageDocument(this.#state(), {
      isLive: true,
      name,
      allowCheck,
      allowSnapshot,
      token: allowCheck ? this.#token : null,
      instance: INSTANCE,
      revision
    })
    return { type: 'text/html; charset=utf-8', policy, text }
  }

  #check(req, res) {
    if (!this.#options.allowCheck) {
      return send(req, res, 403, problem('check-off', 'Checks from the page are switched off.'))
    }
    const fault = this.#faultOf(req)
    if (fault !== null) return send(req, res, 403, fault)
    // Never rejects. Not awaited, because a proxy might time out; the page polls for the result.
    void this.#detector.check()
    return send(req, res, 202, json({ checking: true }))
  }

  /** Returns why a request must not start anything, or null. */
  #faultOf(req) {
    const fault = crossOrigin(req.headers)
    if (fault !== null) return problem('cross-origin', fault)
    if (isSame(req.headers['x-seep-token'], this.#token)) return null
    const message = 'This page is out of date, or belongs to another process. Reload it.'
    return problem('wrong-token', message)
  }

  /** GET returns the token that POST needs: a page of another origin cannot read it. */
  async #snapshot(req, res, method) {
    if (!this.#options.allowSnapshot) {
      const message = 'Snapshots are switched off: seepPage() was not given allowSnapshot: true.'
      return send(req, res, 403, problem('snapshot-off', message))
    }
    if (method === 'GET') return send(req, res, 200, json({ token: this.#token }))
    const fault = this.#faultOf(req)
    if (fault !== null) return send(req, res, 403, fault)
    // Loaded on demand, because most pages do not offer snapshots.
    const { sendSnapshot } = require('./snapshot')
    const open = (signal) => openSnapshot(this.#detector, signal)
    try {
      const headers = { ...HEADERS, 'Content-Security-Policy': NO_CONTENT_POLICY }
      await sendSnapshot(req, res, open, { headers })
    } catch (error) {
      if (res.headersSent || !SKIP_CODE.test(error.code)) throw error
      const status = error.code === 'ERR_CAPTURE_IN_PROGRESS' ? 409 : 503
      return send(req, res, status, problem(error.code, error.message))
    }
  }
}

function json(value) {
  return {
    type: 'application/json; charset=utf-8',
    policy: NO_CONTENT_POLICY,
    text: `${JSON.stringify(value)}\n`
  }
}

function problem(code, message) {
  return json({ code, message })
}

/** Compares a header with the token in constant time. */
function isSame(given, token) {
  const [a, b] = [Buffer.from(String(given ?? '')), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function send(req, res, status, { type, policy, text }) {
  const body = Buffer.from(text)
  res.statusCode = status
  for (const [name, value] of Object.entries(HEADERS)) res.setHeader(name, value)
  res.setHeader('Content-Security-Policy', policy)
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', body.length)
  res.end(req.method === 'HEAD' ? undefined : body)
}

module.exports = { PageHandler }
