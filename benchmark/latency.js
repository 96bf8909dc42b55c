'use strict'

/**
 * Measures how seep affects the requests of an Express app: without seep, with an idle
 * detector, and with back-to-back forked captures. The three take turns, so that load on
 * the machine affects all of them. The cost of an idle detector is too small to show
 * there, so it is measured within one process.
 *
 *   node benchmark/latency.js [--rate 500] [--seconds 10] [--turns 3] [--pairs 200]
 *
 * Goals: an idle detector costs at most 1 % of the CPU time per request; the p99 while
 * capturing is at most twice that without seep.
 */

const { fork } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const autocannon = require('autocannon')
const { SLICE_MS, ratios } = require('./latency/alternate')
const { median, medianInterval, spread } = require('./latency/statistics')

const MODES = ['without', 'idle', 'capturing']

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '10' },
    turns: { type: 'string', default: '3' },
    pairs: { type: 'string', default: '200' }
  }
})

const message = (child) => new Promise((resolve) => child.once('message', resolve))

async function startApp(mode) {
  const env = { ...process.env, PAIRS: values.pairs }
  const app = fork(path.join(__dirname, 'latency', 'app.js'), [mode], { env })
  const { port } = await message(app)
  return { app, load: { url: `http://127.0.0.1:${port}/`, connections: 20 } }
}

async function turn(mode) {
  const { app, load } = await startApp(mode)
  await autocannon({ ...load, duration: 2 })
  const since = () => {
    app.send('figures')
    return message(app)
  }
  await since()
  // At full load for the throughput, then at a steady rate for the latency.
  const full = await autocannon({ ...load, duration: Number(values.seconds) })
  const cost = await since()
  const steady = await autocannon({
    ...load,
    duration: Number(values.seconds),
    overallRate: Number(values.rate)
  })
  const rest = await since()
  app.kill('SIGKILL')
  return {
    rate: full.requests.average,
    cpu: cost.cpuMicros / cost.requests,
    p50: steady.latency.p50,
    p99: steady.latency.p99,
    p999: steady.latency.p99_9,
    failed: full.errors + full.non2xx + steady.errors + steady.non2xx,
    captures: cost.captures + rest.captures
  }
}

/** Compares each slice with an idle detector with its neighbours without one. */
async function measureIdle() {
  const { app, load } = await startApp('alternating')
  await autocannon({ ...load, duration: 5 })
  app.send('alternate')
  // Twice the slices' own time, since making and stopping detectors takes some; it is stopped when they are over.
  const duration = 60 + (4 * Number(values.pairs) * SLICE_MS) / 1000
  const running = autocannon({ ...load, duration })
  const { slices } = await message(app)
  running.stop()
  await running
  app.kill('SIGKILL')
  return ratios(slices)
}

const line = (cells) => console.log(`| ${cells.join(' | ')} |`)
const percent = (ratio) => `${((ratio - 1) * 100).toFixed(2)} %`

async function main() {
  console.log(
    `Node ${process.versions.node}, ${os.cpus().length} processors, load ${os.loadavg()[0].toFixed(1)}\n`
  )
  const idle = await measureIdle()
  const [low, high] = medianInterval(idle)
  console.log(
    `An idle detector's share of the processor time for a request: ${percent(median(idle))}` +
      ` (95 %: ${percent(low)} to ${percent(high)}; ${idle.length} slices against their neighbours)\n`
  )

  if (Number(values.turns) > 0) await measureModes()
  console.log(`\nload ${os.loadavg()[0].toFixed(1)}`)
}

async function measureModes() {
  const turns = { without: [], idle: [], capturing: [] }
  for (let i = 0; i < Number(values.turns); i++) {
    for (const mode of MODES) turns[mode].push(await turn(mode))
  }
  console.log(
    `Express, 50 MB held, ${values.rate} requests/s for the latency; medians of ${values.turns} turns (lowest to highest).\n`
  )
  line([
    'seep',
    'CPU µs/request',
    'requests/s at full load',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    'failed',
    'captures'
  ])
  line(Array(8).fill('---'))
  for (const mode of MODES) {
    const all = (name) => turns[mode].map((result) => result[name])
    const middle = (name) => {
      const [lowest, highest] = spread(all(name)).map(Math.round)
      return `${Math.round(median(all(name)))} (${lowest} to ${highest})`
    }
    const sum = (name) => all(name).reduce((total, value) => total + value, 0)
    const columns = ['cpu', 'rate', 'p50', 'p99', 'p999'].map(middle)
    line([mode, ...columns, sum('failed'), sum('captures')])
  }
}

main()
