'use strict'

/**
 * The app of the latency benchmark: Express, with 50 MB that it holds, and seep
 * in the mode that the first argument names. Answers each message with what
 * happened since the last one.
 */

const express = require('express')
const { mixedHeap } = require('../stall/heap')
const { alternate } = require('./alternate')

let requests = 0
const figures = { captures: 0, skips: 0 }

function count(detector) {
  detector.on('check', () => {
    figures.captures += 1
  })
  detector.on('skip', () => {
    figures.skips += 1
  })
}

const MODES = {
  without: () => {},
  /** Started; looks at its floors once a second, sixty times as often as by default. */
  idle: async () => {
    const { start } = require('seep')
    const detector = start({ intervalMs: 1000, minChecks: 2, maxPauseMs: 600_000 })
    count(detector)
    await new Promise((resolve) => {
      detector.on('skip', ({ code }) => code === 'GATE_CLOSED' && resolve())
    })
  },
  /** One forked capture after the other. */
  capturing: async () => {
    const { LeakDetector } = require('seep')
    const detector = new LeakDetector({ capture: 'fork', maxPauseMs: 600_000 })
    count(detector)
    const capture = () => detector.check().then(capture)
    await detector.check()
    capture()
  },
  /** Slices with a detector and slices without, in turns. */
  alternating: () => alternate(() => requests).then((slices) => process.send({ slices }))
}

async function main() {
  const app = express()
  app.locals.held = mixedHeap(50)
  app.get('/', (_request, response) => {
    requests += 1
    const id = requests
    response.json({ id, items: Array.from({ length: 20 }, (_, i) => ({ i, text: `item ${id}` })) })
  })
  // First, since nothing else keeps the process alive while the mode is set up.
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, () => resolve(listening))
  })
  const { port } = server.address()
  let before = { ...figures, requests: 0, cpu: process.cpuUsage() }
  process.on('message', (message) => {
    if (message === 'alternate') return void MODES.alternating()
    const { user, system } = process.cpuUsage(before.cpu)
    process.send({
      requests: requests - before.requests,
      cpuMicros: user + system,
      captures: figures.captures - before.captures,
      skips: figures.skips - before.skips
    })
    before = { ...figures, requests, cpu: process.cpuUsage() }
  })
  if (process.argv[2] !== 'alternating') await MODES[process.argv[2]]()
  process.send({ port })
}

main()
