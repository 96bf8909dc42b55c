'use strict'

/**
 * What sampling allocations costs: CPU time per request of an Express app, with the sampler off, at seep's default interval,
 * and at 16 KiB. Turns of one second alternate within one process, so that load on the machine affects all of them; each
 * turn is compared with the two turns without sampling next to it.
 *
 *   node benchmark/allocations.js [--rounds 20] [--node PATH]
 *
 * Goal: at most 1 % at the default interval. With nothing growing, V8 is not asked to sample at all; the tests of
 * allocations check that.
 */

const { fork } = require('node:child_process')
const path = require('node:path')
const { parseArgs } = require('node:util')
const autocannon = require('autocannon')
const { median, medianInterval } = require('./latency/statistics')

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    node: { type: 'string', default: process.execPath }
  }
})

const SAMPLING = ['default', '16 KiB']
const message = (child) => new Promise((resolve) => child.once('message', resolve))

async function main() {
  const app = fork(path.join(__dirname, 'allocations', 'app.js'), { execPath: values.node })
  const { port } = await message(app)
  const load = { url: `http://127.0.0.1:${port}/`, connections: 10 }
  await autocannon({ ...load, duration: 5 })
  const round = SAMPLING.flatMap((mode) => ['off', mode])
  // A first turn without sampling at the end, as every other has one on both sides. A/A: off against its neighbours.
  const modes = [...Array.from({ length: Number(values.rounds) }, () => round).flat(), 'off']
  const running = autocannon({ ...load, duration: 60 + 2 * modes.length })
  app.send(modes)
  const { turns } = await message(app)
  running.stop()
  await running.catch(() => {})
  app.kill('SIGKILL')
  for (const mode of SAMPLING) {
    const ratios = turns.flatMap(({ mode: of, micros }, at) =>
      of === mode ? [micros / ((turns[at - 1].micros + turns[at + 1].micros) / 2)] : []
    )
    report(mode, turns, ratios)
  }
  const off = turns.filter(({ mode }) => mode === 'off')
  report(
    'off',
    turns,
    off.slice(1, -1).map(({ micros }, at) => micros / ((off[at].micros + off[at + 2].micros) / 2))
  )
}

function report(mode, turns, ratios) {
  const micros = median(turns.filter((turn) => turn.mode === mode).map((turn) => turn.micros))
  const percent = (ratio) => `${((ratio - 1) * 100).toFixed(1)} %`
  const [low, high] = medianInterval(ratios)
  console.log(
    `${mode.padEnd(8)} ${micros.toFixed(0).padStart(5)} µs a request, ${percent(median(ratios))} (95 %: ${percent(low)} to ${percent(high)})`
  )
}

main()
