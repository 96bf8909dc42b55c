'use strict'

/** A fake detector with given reports, and a server with its page. */

const { once } = require('node:events')
const http = require('node:http')
const { seepPage } = require('seep/express')
const { History } = require('../../lib/page/history')
const { offer } = require('../../lib/page/source')

const OPTIONS = {
  intervalMs: 60_000,
  gate: 'growth',
  capture: 'auto',
  minChecks: 3,
  logger: false,
  reportDir: null
}

class ScriptedDetector {
  history = new History(OPTIONS.intervalMs)
  checks = 0
  state = 'watching'
  checking = false
  captures = 0
  skips = {}

  constructor() {
    offer(this, this.history, (signal) => this.openSnapshot(signal))
  }

  /** Begins to sample memory, with a floor that is what is in use. */
  sampling() {
    this.history.start({ kept: (heapUsedBytes) => heapUsedBytes })
    return this
  }

  sees(report) {
    this.captures += 1
    this.history.checked(report)
    return this
  }

  skipped(skip) {
    this.skips[skip.code] = (this.skips[skip.code] ?? 0) + 1
    this.history.skipped(skip)
    return this
  }

  status() {
    return {
      schemaVersion: 1,
      enabled: true,
      disabledReason: null,
      state: this.state,
      checking: this.checking,
      options: OPTIONS,
      startedAt: '2026-03-01T09:00:00.000Z',
      rounds: this.captures,
      captures: this.captures,
      leaks: 0,
      pauseMs: 0,
      skips: this.skips,
      lastCheck: this.history.lastCheck
    }
  }

  async check() {
    this.checks += 1
    this.checking = true
  }

  stop() {
    this.state = 'stopped'
    this.history.stop()
  }
}

/** A server that knows the page and nothing else; closed when the test ends. */
async function serve(t, detector, options) {
  const page = seepPage(detector, options)
  const server = http.createServer((req, res) => page(req, res))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    detector.history?.stop()
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${server.address().port}`
}

/** What the page's own button would have to show. */
async function tokenOf(url) {
  const text = await (await fetch(url, { headers: { Accept: 'text/html' } })).text()
  return JSON.parse(/id="settings">(.*?)<\/script>/s.exec(text)[1]).token
}

module.exports = { ScriptedDetector, serve, tokenOf }
