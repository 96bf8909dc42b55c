'use strict'

/**
 * The app of the latency benchmark: Express, with 50 MB that it holds, and seep
 * in the mode that the first argument names.
 */

const express = require('express')
const { mixedHeap } = require('../stall/heap')

const MODES = {
  without: () => {},
  /** Started; the gate is closed after the first captures. */
  idle: async () => {
    const { start } = require('seep')
    const detector = start({ intervalMs: 1000, minChecks: 2, maxPauseMs: 600_000 })
    let captures = 0
    await new Promise((resolve) => {
      detector.on('check', () => ++captures === 2 && resolve())
    })
  },
  /** One forked capture after the other. */
  capturing: async () => {
    const { LeakDetector } = require('seep')
    const detector = new LeakDetector({ capture: 'fork', maxPauseMs: 600_000 })
    const figures = { captures: 0, skips: 0, longestPauseMs: 0 }
    const capture = async () => {
      const { skip, cost } = await detector.check()
      if (skip === null) figures.captures += 1
      else figures.skips += 1
      figures.longestPauseMs = Math.max(figures.longestPauseMs, cost?.pauseMs ?? 0)
      capture()
    }
    process.on('message', () => process.send({ figures }))
    capture()
  }
}

async function main() {
  const app = express()
  app.locals.held = mixedHeap(50)
  let id = 0
  app.get('/', (_request, response) => {
    id += 1
    response.json({ id, items: Array.from({ length: 20 }, (_, i) => ({ i, text: `item ${id}` })) })
  })
  // First, since nothing else keeps the process alive while the mode is set up.
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, () => resolve(listening))
  })
  await MODES[process.argv[2]]()
  process.send({ port: server.address().port })
}

main()
