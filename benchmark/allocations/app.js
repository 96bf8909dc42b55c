'use strict'

/**
 * An Express app that allocates some 140 kB per request. When told to, it switches V8's sampler on and off in turns, and
 * reports the CPU time per request of each turn.
 */

const inspector = require('node:inspector')
const express = require('express')
const binding = require('../../binding')
const { resolveOptions } = require('../../lib/options')
const { Rounds } = require('../../lib/rounds')

const TURN_MS = 1000

let requests = 0
const app = express()
app.get('/', (_request, response) => {
  requests++
  const rows = Array.from({ length: 400 }, (_, id) => ({
    id,
    name: `row ${id}`,
    tags: [`a${id}`, 'b']
  }))
  response.json(rows.filter(({ id }) => id % 40 === 0))
})

/** Each begins sampling and returns how to end it. */
const SAMPLERS = {
  off: () => () => {},
  default: () => {
    const rounds = new Rounds(binding, resolveOptions({ allocations: 'always' }), () => {})
    if (rounds.sampling.sampler !== 'own') throw new Error(rounds.sampling.why)
    return () => rounds.stop()
  },
  // The same sampler of V8's, at an interval that seep only uses when that costs little.
  '16 KiB': () => {
    const session = new inspector.Session()
    session.connect()
    session.post('HeapProfiler.startSampling', { samplingInterval: 16_384, stackDepth: 64 })
    return () => {
      session.post('HeapProfiler.stopSampling')
      session.disconnect()
    }
  }
}

async function measure(mode) {
  const stop = SAMPLERS[mode]()
  const [before, cpu] = [requests, process.cpuUsage()]
  await new Promise((resolve) => setTimeout(resolve, TURN_MS))
  const { user, system } = process.cpuUsage(cpu)
  const micros = (user + system) / (requests - before)
  await stop()
  return { mode, micros }
}

process.on('message', async (modes) => {
  const turns = []
  for (const mode of modes) turns.push(await measure(mode))
  process.send({ turns })
})

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }))
