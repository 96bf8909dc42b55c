'use strict'

/**
 * Compares a walk with V8's writer, both in a forked child of the same process, in turns.
 *
 * In one process for each size, two detectors check an unchanging heap; the
 * medians are shown. Goals: a thirtieth of the child's CPU time, a hundredth of its
 * memory, and no longer pause.
 *
 *   node benchmark/walk.js [--objects 1,4] [--repeat 3]    (millions)
 */

const { execFileSync } = require('node:child_process')
const { parseArgs } = require('node:util')
const { table } = require('./lib/markdown')

const { values } = parseArgs({
  options: {
    objects: { type: 'string', default: '1,4' },
    repeat: { type: 'string', default: '3' },
    /** For the processes that this one starts. */
    child: { type: 'string' }
  }
})

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

class Entry {
  constructor(number, previous) {
    this.number = number
    this.name = `entry ${number}`
    this.tags = [number, { number }]
    this.previous = previous
  }
}

/** Creates entries of five objects each, some of them in a Map. */
function heapOf(objects) {
  const kept = { list: [], map: new Map() }
  for (let number = 0; number < objects / 5; number++) {
    const entry = new Entry(number, kept.list.at(-(number % 100)) ?? null)
    kept.list.push(entry)
    if (number % 16 === 0) kept.map.set(number, { entry })
  }
  return kept
}

/** Checks a heap of the given size, in millions of objects, with both methods, and prints the costs. */
async function measure(millions) {
  const { LeakDetector } = require('seep')
  globalThis.kept = heapOf(millions * 1e6)
  const costs = { walk: [], fork: [] }
  const detectors = Object.keys(costs).map((capture) => {
    return new LeakDetector({ capture, maxPauseMs: 600_000, maxHeadroomFraction: 1 })
  })
  for (let time = 0; time < Number(values.repeat); time++) {
    for (const detector of detectors) {
      const began = performance.now()
      const { skip, cost, snapshot } = await detector.check()
      if (skip !== null) throw new Error(`${skip.code}: ${skip.message}`)
      costs[cost.capture].push({ ...cost, ...snapshot, verdictMs: performance.now() - began })
    }
  }
  await Promise.all(detectors.map((detector) => detector.stop()))
  console.log(JSON.stringify(costs))
}

function rows(millions) {
  const args = ['--max-old-space-size=16384', __filename, `--child=${millions}`]
  args.push(`--repeat=${values.repeat}`)
  const costs = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  return Object.entries(costs).map(([way, all]) => {
    const of = (figure) => median(all.map(figure))
    const nodes = of((it) => it.nodes)
    return [
      `${(nodes / 1e6).toFixed(2)} M`,
      way,
      `${of((it) => it.child.cpuMs).toFixed(0)} ms`,
      `${((of((it) => it.child.cpuMs) * 1e6) / nodes).toFixed(0)} ns`,
      `${(of((it) => it.child.privateBytes) / 2 ** 20).toFixed(1)} MB`,
      `${(of((it) => it.jsonBytes) / 2 ** 20).toFixed(1)} MB`,
      `${of((it) => it.pauseMs).toFixed(1)} ms`,
      `${of((it) => it.verdictMs).toFixed(0)} ms`
    ]
  })
}

if (values.child !== undefined) {
  measure(Number(values.child))
} else {
  const head = ['objects', 'method', "child's CPU", 'per object', "child's memory", 'pipe', 'pause']
  const sizes = values.objects.split(',').map(Number)
  console.log(table([...head, 'verdict after'], sizes.flatMap(rows)))
}
