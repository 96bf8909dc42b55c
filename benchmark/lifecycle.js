'use strict'

/**
 * Measures how seep affects the start and exit of a process: the time to load and start
 * it, switched off and on, and the time from the request to exit until the end, without
 * seep, idle, and in the middle of a capture. Uses whole processes, in turns.
 *
 *   node benchmark/lifecycle.js [--turns 15]
 *
 * Goals: switched off, loading takes less than 5 ms; the end is not delayed.
 */

const { fork } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { median, spread } = require('./latency/statistics')
const { table } = require('./lib/markdown')

const { values } = parseArgs({ options: { turns: { type: 'string', default: '15' } } })

const PROGRAM = path.join(__dirname, 'lifecycle', 'program.js')
const HOW = ['without', 'idle', 'mid-capture']

/** Returns the milliseconds that the program prints, or else those until its end; and CPU time, if it prints it. */
function run(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, args, { env: { ...process.env, ...env }, silent: true })
    let said = null
    child.on('message', (message) => {
      said = message
    })
    child.on('error', reject)
    child.on('exit', () => {
      if (said === null) reject(new Error(`${args.join(' ')} said nothing`))
      else {
        const tookMs = said.tookMs ?? Number(process.hrtime.bigint()) / 1e6 - said.began
        resolve({ tookMs, cpuMs: said.cpuMs })
      }
    })
  })
}

async function main() {
  const cases = [
    { name: 'load and start, SEEP_ENABLED=0', args: ['load'], env: { SEEP_ENABLED: '0' } },
    { name: 'load and start', args: ['load'] },
    ...['exit', 'uncaught', 'SIGTERM'].flatMap((what) =>
      HOW.map((how) => ({ name: `${what}, ${how}`, args: [what, how] }))
    )
  ].map((one) => ({ ...one, times: [] }))
  for (let turn = 0; turn < Number(values.turns); turn++) {
    for (const { args, env, times } of cases) times.push(await run(args, env))
  }
  const load = os.loadavg()[0].toFixed(1)
  console.log(
    `Node ${process.versions.node}, ${os.cpus().length} processors, load ${load}; ${values.turns} turns\n`
  )
  const rows = cases.map(({ name, times }) => {
    const took = times.map(({ tookMs }) => tookMs)
    const cpu = times.flatMap(({ cpuMs }) => cpuMs ?? [])
    const figures = [median(took), ...spread(took)].map((ms) => ms.toFixed(1))
    return [name, ...figures, cpu.length > 0 ? median(cpu).toFixed(1) : '']
  })
  console.log(table(['case', 'median ms', 'lowest', 'highest', 'CPU ms'], rows))
}

main()
