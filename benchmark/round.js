'use strict'

/**
 * Measures the cost of a round off the event loop: while the child writes, and after its
 * last byte.
 *
 * In one process per size, a detector checks a heap of mixed objects that stays
 * as it is, several times; the medians are shown. Goals: reading the pipe takes
 * a tenth of the child's time at most (here all that seep's thread uses counts,
 * the verdict too), and the verdict is there within a fifth of the child's time
 * after the last byte.
 *
 *   node benchmark/round.js [--sizes 50,200,500] [--repeat 5]
 */

const { execFileSync } = require('node:child_process')
const { parseArgs } = require('node:util')

const GOAL_CPU = 0.1
const GOAL_VERDICT = 0.2

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '50,200,500' },
    repeat: { type: 'string', default: '5' },
    /** For the processes that this one starts. */
    child: { type: 'string' }
  }
})

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

/** Checks a heap of the given size in megabytes, and prints the cost of each round. */
async function measure(megabytes) {
  const { LeakDetector } = require('seep')
  const { mixedHeap } = require('./stall/heap')
  const held = mixedHeap(megabytes)
  const detector = new LeakDetector({ capture: 'fork', maxPauseMs: 600_000 })
  const rounds = []
  for (let i = 0; i < Number(values.repeat); i++) {
    const { skip, cost, snapshot } = await detector.check()
    if (skip !== null) throw new Error(`${skip.code}: ${skip.message}`)
    rounds.push({ ...cost, ...snapshot })
  }
  await detector.stop()
  console.log(JSON.stringify({ rounds, held: held.length }))
}

function row(megabytes) {
  const args = ['--max-old-space-size=8192', __filename, `--child=${megabytes}`]
  args.push(`--repeat=${values.repeat}`)
  const { rounds } = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  const of = (figure) => median(rounds.map(figure))
  const cpu = of((it) => it.analysisCpuMs / it.child.cpuMs)
  const verdict = of((it) => it.analysisMs / it.captureMs)
  const against = (share, goal) =>
    `${(share * 100).toFixed(1)} % ${share <= goal ? 'met' : 'MISSED'}`
  return [
    `${megabytes} MB`,
    `${of((it) => it.nodes / 1e6).toFixed(2)} M`,
    `${of((it) => it.jsonBytes / 1e6).toFixed(0)} MB`,
    of((it) => it.captureMs).toFixed(0),
    of((it) => it.child.cpuMs).toFixed(0),
    of((it) => it.analysisCpuMs).toFixed(0),
    of((it) => it.analysisMs).toFixed(0),
    `${of((it) => it.peakAnalysisBytes / 2 ** 20).toFixed(0)} MiB`,
    against(cpu, GOAL_CPU),
    against(verdict, GOAL_VERDICT)
  ]
}

const HEADINGS = [
  'heap',
  'nodes',
  'JSON',
  'child ms',
  'child CPU ms',
  'seep CPU ms',
  'after last byte ms',
  'peak',
  'CPU / child',
  'wait / child'
]

if (values.child === undefined) {
  const line = (cells) => console.log(`| ${cells.join(' | ')} |`)
  line(HEADINGS)
  line(HEADINGS.map(() => '---'))
  for (const megabytes of values.sizes.split(',')) line(row(megabytes))
} else {
  measure(Number(values.child))
}
