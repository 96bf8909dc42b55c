'use strict'

/**
 * The app of the soak: Express, with what servers do (JSON, uploads, sessions
 * that are thrown out, timers, files, child processes), and a detector that
 * captures all the time. Tells its parent how it is.
 */

const { execFile } = require('node:child_process')
const fs = require('node:fs')
const { setTimeout: sleep } = require('node:timers/promises')
const express = require('express')
const { describeLeak } = require('../../lib/describe')
const { mixedHeap } = require('../stall/heap')
const { processState } = require('../../__test__/fixtures/fork/process-state')

const [everyMs, heapMegabytes] = process.argv.slice(2).map(Number)
const MOST_SESSIONS = 5000
/** For what ends by itself after the load: connections, children, the collector's threads. */
const SETTLE_MS = 3000

function makeApp() {
  const app = express()
  app.locals.held = mixedHeap(heapMegabytes)
  const sessions = new Map()
  let id = 0
  const open = () => {
    id += 1
    sessions.set(id, { id, seen: new Date(), data: { text: `user ${id}`, roles: ['a', 'b'] } })
    if (sessions.size > MOST_SESSIONS) sessions.delete(sessions.keys().next().value)
  }
  // Full from the beginning: a store that fills is growth.
  while (sessions.size < MOST_SESSIONS) open()
  app.get('/json', (_request, response) => {
    id += 1
    response.json({ id, items: Array.from({ length: 20 }, (_, i) => ({ i, text: `item ${id}` })) })
  })
  app.get('/session', (_request, response) => {
    open()
    response.json({ sessions: sessions.size })
  })
  app.post('/upload', express.raw({ limit: '1mb' }), (request, response) => {
    response.json({ bytes: request.body.length })
  })
  app.get('/later', (_request, response) => {
    setTimeout(() => response.json({ late: true }), 5)
  })
  app.get('/file', (_request, response, next) => {
    fs.readFile(__filename, 'utf8', (error, text) => {
      if (error) next(error)
      else response.json({ lines: text.split('\n').length })
    })
  })
  app.get('/child', (_request, response, next) => {
    execFile('true', (error) => (error ? next(error) : response.json({ ended: true })))
  })
  return app
}

function state() {
  const { rss, heapUsed } = process.memoryUsage()
  return { ...processState(), rss, heapUsed }
}

async function main() {
  const app = makeApp()
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, () => resolve(listening))
  })
  const send = (message) => process.send(message)
  let detector = null
  let longestPauseMs = 0
  let costMs = 0
  const verdicts = {}
  const described = []
  const commands = {
    /** Before there is a detector: what is to be there again afterwards. */
    begin: async () => {
      await sleep(SETTLE_MS)
      const before = state()
      const { start } = require('seep')
      detector = start({ intervalMs: everyMs, gate: 'always', maxPauseMs: 600_000 })
      detector.on('leak', (leak) => described.push(describeLeak(leak)))
      detector.on('check', ({ verdict, cost }) => {
        verdicts[verdict] = (verdicts[verdict] ?? 0) + 1
        // A verdict without a snapshot has no cost.
        if (cost === null) return
        longestPauseMs = Math.max(longestPauseMs, cost.pauseMs)
        costMs += (cost.child?.cpuMs ?? cost.pauseMs) + (cost.analysisCpuMs ?? cost.analysisMs)
      })
      send({ before })
    },
    look: () => send({ now: state(), captures: detector.status().captures }),
    end: async () => {
      const { captures, skips, leaks } = detector.status()
      await detector.stop()
      server.closeIdleConnections()
      await sleep(SETTLE_MS)
      const counts = { captures, skips, leaks, described, verdicts, longestPauseMs, costMs }
      send({ after: state(), counts })
    }
  }
  process.on('message', (command) => void commands[command]())
  process.on('disconnect', () => process.exit())
  send({ port: server.address().port })
}

main()
