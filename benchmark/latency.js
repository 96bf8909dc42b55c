'use strict'

/**
 * What seep does to the requests of an Express app under a steady load:
 * without it, with it and its gate closed, and with one forked capture after
 * the other. The three take turns, so that a busy machine is busy for all.
 *
 *   node benchmark/latency.js [--rate 500] [--seconds 10] [--turns 3]
 *
 * Goals: idle costs at most 1 % of the requests; p99 while capturing is at most
 * twice that without.
 */

const { fork } = require('node:child_process')
const path = require('node:path')
const { parseArgs } = require('node:util')
const autocannon = require('autocannon')

const MODES = ['without', 'idle', 'capturing']

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    turns: { type: 'string', default: '3' }
  }
})

const message = (child) => new Promise((resolve) => child.once('message', resolve))

async function turn(mode) {
  const app = fork(path.join(__dirname, 'latency', 'app.js'), [mode])
  const { port } = await message(app)
  const load = { url: `http://127.0.0.1:${port}/`, connections: 20 }
  await autocannon({ ...load, duration: 2 })
  // As fast as it can, for the requests; then steadily, for the latency.
  const full = await autocannon({ ...load, duration: Number(values.seconds) })
  const steady = await autocannon({
    ...load,
    duration: Number(values.seconds),
    overallRate: Number(values.rate)
  })
  let figures = null
  if (mode === 'capturing') {
    app.send('figures')
    ;({ figures } = await message(app))
  }
  app.kill('SIGKILL')
  return {
    rate: full.requests.average,
    p50: steady.latency.p50,
    p99: steady.latency.p99,
    p999: steady.latency.p99_9,
    failed: full.errors + full.non2xx + steady.errors + steady.non2xx,
    figures
  }
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
}

async function main() {
  const turns = { without: [], idle: [], capturing: [] }
  for (let i = 0; i < Number(values.turns); i++) {
    for (const mode of MODES) turns[mode].push(await turn(mode))
  }
  const line = (cells) => console.log(`| ${cells.join(' | ')} |`)
  console.log(`Express, 50 MB held, ${values.rate} requests/s for the latency; medians of turns.\n`)
  line(['seep', 'requests/s at full load', 'p50 ms', 'p99 ms', 'p99.9 ms', 'failed', 'captures'])
  line(Array(7).fill('---'))
  for (const mode of MODES) {
    const middle = (name) => median(turns[mode].map((result) => result[name]))
    const captures = turns[mode].reduce((sum, { figures }) => sum + (figures?.captures ?? 0), 0)
    const failed = turns[mode].reduce((sum, result) => sum + result.failed, 0)
    line([mode, middle('rate'), middle('p50'), middle('p99'), middle('p999'), failed, captures])
  }
}

main()
