'use strict'

/**
 * Measures how long a heap snapshot pauses an event loop.
 *
 * Whole processes, one after the other, each with a fresh heap of mixed
 * objects: V8's own `v8.writeHeapSnapshot`, the `heapdump` package where it is
 * installed, and seep's forked capture. Ratios count, not milliseconds: compare
 * rows of one run.
 *
 *   node benchmark/stall.js [--node PATH]... [--sizes 50,200,500] [--repeat 1]
 */

const { execFileSync, spawnSync } = require('node:child_process')
const path = require('node:path')
const { parseArgs } = require('node:util')

const PROGRAM = path.join(__dirname, 'stall', 'program.js')
/** Maximum pause: as a share of V8's own, from 200 MB on; and by resident memory. */
const GOAL_RATIO = 1 / 200
const GOAL_MS = 25
const GOAL_MS_PER_GB = 60

const { values } = parseArgs({
  options: {
    node: { type: 'string', multiple: true, default: [process.execPath] },
    sizes: { type: 'string', default: '50,200,500' },
    repeat: { type: 'string', default: '1' }
  }
})

function run(node, method, megabytes) {
  const args = ['--expose-gc', '--max-old-space-size=8192', PROGRAM, method, megabytes]
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${method} at ${megabytes} MB: ${stderr}`)
  return JSON.parse(stdout)
}

/** Returns the run with the median gap. */
function median(node, method, megabytes) {
  const runs = Array.from({ length: Number(values.repeat) }, () => run(node, method, megabytes))
  return runs.sort((a, b) => a.gapMs - b.gapMs)[Math.floor(runs.length / 2)]
}

function hasHeapdump(node) {
  return spawnSync(node, ['-e', 'require("heapdump")'], { cwd: __dirname }).status === 0
}

const ms = (value) => (value === undefined ? '-' : value.toFixed(value < 100 ? 1 : 0))

function row(node, version, megabytes) {
  const own = median(node, 'writeHeapSnapshot', megabytes)
  const heapdump = hasHeapdump(node) ? median(node, 'heapdump', megabytes) : undefined
  const fork = median(node, 'fork', megabytes)
  const gigabytes = fork.rssBytes / 2 ** 30
  const allowed = GOAL_MS + GOAL_MS_PER_GB * gigabytes
  const ratio = fork.gapMs / own.gapMs
  const meets = (Number(megabytes) < 200 || ratio <= GOAL_RATIO) && fork.gapMs <= allowed
  return [
    version,
    `${megabytes} MB`,
    `${Math.round(fork.rssBytes / 2 ** 20)} MB`,
    `${(fork.cost.nodes / 1e6).toFixed(1)} M`,
    ms(own.gapMs),
    ms(heapdump?.gapMs),
    ms(fork.gapMs),
    ms(fork.cost.pauseMs),
    ms(fork.cost.child.forkMs),
    ms(fork.cost.child.lendMs),
    ms(fork.quietGapMs),
    `1/${Math.round(1 / ratio)}`,
    `${ms(allowed)} ${meets ? 'met' : 'MISSED'}`,
    ms(fork.cost.child.scanMs),
    ms(fork.cost.child.restoreMs),
    ms(fork.cost.captureMs),
    ms(fork.cost.child.cpuMs)
  ]
}

const HEADINGS = [
  'Node',
  'heap',
  'RSS',
  'nodes',
  'v8.writeHeapSnapshot',
  'heapdump',
  'seep: gap',
  'of it the pause',
  'fork()',
  'advice',
  'gap when idle',
  'ratio',
  'goal',
  'beside: scan',
  'restore',
  'child',
  'child CPU'
]

const line = (cells) => console.log(`| ${cells.join(' | ')} |`)
console.log('Longest gap between two turns of the event loop, in milliseconds.\n')
line(HEADINGS)
line(HEADINGS.map(() => '---'))
for (const node of values.node) {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  for (const megabytes of values.sizes.split(',')) line(row(node, version, megabytes))
}
