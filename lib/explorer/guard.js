'use strict'

/**
 * Decides who may ask. The server listens on the loopback interface only, but every page in the user's browser can send
 * requests there, and so can every user of the machine.
 *
 * The URL that is opened has a token. It is exchanged for a cookie that no script can read and that no other site can
 * make the browser send; then the token is gone from the address bar and the history.
 */

const { randomBytes, timingSafeEqual } = require('node:crypto')
const { crossOrigin } = require('../page/origin')

/** Names by which a browser on this machine reaches the server. Any other name in `Host` is DNS rebinding. */
const HOSTS = ['127.0.0.1', 'localhost']

class Guard {
  #token = randomBytes(24).toString('base64url')
  #session = randomBytes(24).toString('base64url')
  #port

  constructor(port) {
    this.#port = port
  }

  /** The address to open. */
  get url() {
    return `http://127.0.0.1:${this.#port}/?token=${this.#token}`
  }

  /**
   * Judges a request.
   *
   * @param {import('node:http').IncomingMessage} req
   * @param {URL} url
   * @returns {{ cookie: string } | { refuse: [code: string, message: string] } | null} null if it may pass; `cookie` if it
   *   brought the token
   */
  judge(req, url) {
    if (!HOSTS.some((host) => req.headers.host === `${host}:${this.#port}`)) {
      return { refuse: ['wrong-host', `This server answers to 127.0.0.1:${this.#port} only.`] }
    }
    const fault = crossOrigin(req.headers)
    // A person who opens the address comes from no site.
    if (fault !== null && req.headers['sec-fetch-site'] !== 'none') {
      return { refuse: ['cross-origin', fault] }
    }
    const token = url.searchParams.get('token')
    if (token !== null) {
      if (isSame(token, this.#token)) return { cookie: this.#cookie() }
      return {
        refuse: ['wrong-token', 'The token is not the one that seep open printed. Copy it whole.']
      }
    }
    if (isSame(this.#cookieOf(req), this.#session)) return null
    return { refuse: ['no-cookie', 'Open the address that seep open printed, with its token.'] }
  }

  /** Cookies do not tell ports apart, so the name does. */
  get #name() {
    return `seep-${this.#port}`
  }

  #cookie() {
    return `${this.#name}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`
  }

  #cookieOf(req) {
    const cookies = (req.headers.cookie ?? '').split(';').map((it) => it.trim())
    const own = cookies.find((it) => it.startsWith(`${this.#name}=`))
    return own?.slice(this.#name.length + 1) ?? ''
  }
}

/** Compares in constant time. */
function isSame(given, secret) {
  const [a, b] = [Buffer.from(given), Buffer.from(secret)]
  return a.length === b.length && timingSafeEqual(a, b)
}

module.exports = { Guard }
