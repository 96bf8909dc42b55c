'use strict'

/** Fetches a snapshot of a running process through its status page. */

const fs = require('node:fs')
const http = require('node:http')
const https = require('node:https')
const path = require('node:path')
const { Transform } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { createGunzip } = require('node:zlib')
const { visible } = require('../describe')
const { withCode } = require('../errors')
const { temporaryFolder } = require('./temporary-folder')

const MOST_REDIRECTS = 5
/** Requests that may end up at different processes behind a load balancer. */
const MOST_TRIES = 4
/** More than any answer other than a snapshot. */
const MOST_TEXT = 4_000_000
/** Time between two reports of the progress. */
const PROGRESS_MS = 100
const OPTION = 'seepPage(detector, { allowSnapshot: true })'

/** Whether an argument of `seep open` is the address of a page, and not a file. */
function isPageUrl(text) {
  return /^https?:\/\//i.test(text)
}

/**
 * Reads the values of `--header`.
 *
 * @param {string[]} texts such as `Authorization: Bearer abc`
 * @returns {Record<string, string>}
 */
function readHeaders(texts) {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^:]*):\s*(.*)$/s.exec(text) ?? []
      try {
        http.validateHeaderName(name)
        http.validateHeaderValue(name, value)
      } catch {
        // Its value may be a secret.
        throw usage("--header must be a name and a value, such as 'Authorization: Bearer abc'")
      }
      return [name, value]
    })
  )
}

/**
 * Fetches a snapshot into a temporary file that only its owner can read, and that is removed when
 * the process ends.
 *
 * @param {string} text address of the page; `user:password@` in it is for Basic authentication
 * @param {object} [options]
 * @param {Record<string, string>} [options.headers]
 * @param {(progress: { stage: 'taking' | 'downloading', doneBytes: number | null, totalBytes: number | null }) => void} [options.onProgress]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<string>} path of the file
 */
async function fetchSnapshot(text, { headers = {}, onProgress = () => {}, signal } = {}) {
  const client = new Client(readUrl(text), headers, signal)
  try {
    onProgress({ stage: 'taking', doneBytes: null, totalBytes: null })
    const response = await client.snapshot()
    return await save(response, client.url, { onProgress, signal })
  } finally {
    client.close()
  }
}

/** A connection to one page. */
class Client {
  #headers
  #signal
  #agent
  /** Address of the page, without credentials. */
  url

  constructor(url, headers, signal) {
    this.#signal = signal
    this.#headers = { Accept: 'application/json', ...headers }
    const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
    if (!isGiven && (url.username !== '' || url.password !== '')) {
      this.#headers.Authorization = basic(url)
    }
    this.url = withoutCredentials(url)
    // One connection, so that a load balancer keeps to one process.
    const Agent = url.protocol === 'https:' ? https.Agent : http.Agent
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 })
  }

  close() {
    this.#agent.destroy()
  }

  /** Returns a response with a snapshot. */
  async snapshot() {
    let problem
    for (let i = 0; i < MOST_TRIES; i++) {
      const token = await this.#token()
      // What a machine sends to itself needs no packing.
      const coding = isLoopback(this.url.hostname) ? 'identity' : 'gzip'
      const headers = { 'X-Seep-Token': token, 'Accept-Encoding': coding }
      const response = await this.#request('POST', headers)
      if (response.statusCode === 200 && response.headers['x-seep-bytes'] !== undefined) {
        return response
      }
      problem = await this.#problemOf(response)
      if (problem.reason !== 'wrong-token') break
    }
    throw problem
  }

  async #token() {
    const response = await this.#request('GET', {})
    if (response.statusCode !== 200) throw await this.#problemOf(response)
    const { token } = readJson(await textOf(response)) ?? {}
    if (typeof token === 'string') return token
    throw failed(
      `${this.#name} is not the page of a seep that offers snapshots. Is the path that of the page, and is nobody asked to log in there? ` +
        `The page must be made with ${OPTION}`
    )
  }

  /** Requests the page's address with `?snapshot`, and follows redirects to the same origin. */
  async #request(method, headers) {
    for (let i = 0; i <= MOST_REDIRECTS; i++) {
      const response = await this.#send(method, headers)
      const { location } = response.headers
      const isRedirect = [301, 302, 303, 307, 308].includes(response.statusCode)
      if (!isRedirect || location === undefined) return response
      response.resume()
      this.url = this.#redirected(location)
    }
    throw failed(`${this.#name} redirects more than ${MOST_REDIRECTS} times`)
  }

  #redirected(location) {
    const { url } = this
    const next = URL.canParse(location, url) ? new URL(location, url) : null
    if (next?.origin === url.origin) return withoutCredentials(next)
    const where = next === null ? 'somewhere else' : `${next.origin}${next.pathname}`
    throw failed(
      `${this.#name} redirects to ${visible(where)}, which is another origin. If it is meant, open that address`
    )
  }

  #send(method, headers) {
    const url = new URL(this.url)
    url.searchParams.set('snapshot', '')
    const { request } = url.protocol === 'https:' ? https : http
    return new Promise((resolve, reject) => {
      const sent = request(url, {
        method,
        headers: { ...this.#headers, ...headers },
        agent: this.#agent,
        signal: this.#signal
      })
      sent.once('response', resolve)
      sent.once('error', (error) => reject(this.#unreachable(error)))
      sent.end()
    })
  }

  #unreachable(error) {
    if (this.#signal?.aborted) return this.#signal.reason
    const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(error.code)
    const hint = isUntrusted ? '. NODE_EXTRA_CA_CERTS names a file with more certificates' : ''
    // Several addresses were tried.
    const reason = error.message || error.errors?.[0]?.message || error.code
    return failed(`${this.#name} cannot be reached: ${reason}${hint}`)
  }

  get #name() {
    return `${this.url.origin}${this.url.pathname}`
  }

  /** Returns the error for a response that is not what was asked for. */
  async #problemOf(response) {
    const { statusCode: status } = response
    const answer = readJson(await textOf(response))
    const { code = null, message = null } = answer ?? {}
    const said = message === null ? '' : `: ${visible(String(message))}`
    return Object.assign(failed(`${this.#name} ${explain(status, code, said)}`), { reason: code })
  }
}

function explain(status, code, said) {
  if (code === 'snapshot-off') {
    return `does not offer snapshots (${status}). The page must be made with ${OPTION}`
  }
  if (code === 'wrong-token') {
    return `is served by several processes in turn (${status}). Open the address of one of them`
  }
  switch (status) {
    case 401:
      return "asks who you are (401). Use --header 'Authorization: …', or https://USER:PASSWORD@HOST/PATH"
    case 403:
      return `refuses (403)${said}. Its guard must let you in, and the page must be made with ${OPTION}`
    case 404:
      return `is not there (404). Give the address of the status page, which must be made with ${OPTION}`
    case 405:
      return `does not know snapshots (405). It needs this version of seep, and ${OPTION}`
    case 409:
      return 'is already sending a snapshot (409), and sends one at a time (allowSnapshot). Try again later'
    case 502:
    case 504:
      return `did not answer through its proxy (${status}). A big heap takes minutes: raise the proxy's timeout`
    case 503: {
      const why = code === null ? said : `${said} (${code})`
      return `could not take a snapshot (503)${why}. The page allows it (allowSnapshot), the process does not now`
    }
    default:
      return `answered with ${status}${said}`
  }
}

/** Writes the snapshot to a temporary file. */
async function save(response, url, { onProgress, signal }) {
  const folder = temporaryFolder()
  const totalBytes = Number(response.headers['x-seep-bytes'])
  const host = url.hostname.replace(/[^\w.-]/g, '') || 'host'
  const file = path.join(folder.path, `${host}.${process.pid}.heapsnapshot`)
  let doneBytes = 0
  let shownAt = Number.NEGATIVE_INFINITY
  const counter = new Transform({
    transform(chunk, _, done) {
      doneBytes += chunk.length
      if (doneBytes === totalBytes || performance.now() - shownAt >= PROGRESS_MS) {
        shownAt = performance.now()
        onProgress({ stage: 'downloading', doneBytes, totalBytes })
      }
      done(null, chunk)
    }
  })
  const coders = response.headers['content-encoding'] === 'gzip' ? [createGunzip()] : []
  try {
    const target = fs.createWriteStream(file, { flags: 'wx', mode: 0o600 })
    await pipeline(response, ...coders, counter, target, { signal })
    if (doneBytes === totalBytes) return file
    throw new Error(`${doneBytes} of ${totalBytes} bytes arrived`)
  } catch (error) {
    folder.remove()
    if (signal?.aborted) throw signal.reason
    const isOwn = error.syscall === 'open' || error.syscall === 'write'
    const what = isOwn ? `cannot be saved in ${folder.path}` : 'broke off'
    throw failed(`the snapshot of ${url.origin}${url.pathname} ${what}: ${error.message}`)
  }
}

async function textOf(response) {
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += chunk
      if (text.length > MOST_TEXT) break
    }
  } catch {
    // What arrived must do: this is only read for a message.
  }
  return text
}

function readJson(text) {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function readUrl(text) {
  if (isPageUrl(text) && URL.canParse(text)) return new URL(text)
  throw usage('the address of a page must be an http: or https: URL')
}

function withoutCredentials(url) {
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}

/** Returns the header for Basic authentication with the user and password of a URL. */
function basic({ username, password }) {
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return `Basic ${Buffer.from(credentials).toString('base64')}`
  } catch {
    throw usage('the user and password in an address must be percent-encoded')
  }
}

function isLoopback(hostname) {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
}

function failed(message) {
  return withCode(new Error(message), 'ERR_FILE_OS')
}

function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

module.exports = { fetchSnapshot, isPageUrl, readHeaders }
