'use strict'

/**
 * Runs apps with different heap sizes in containers of different sizes, with a detector
 * that has the default options. Reports captures, skips and their reasons, the peak of the
 * container, whether the leak is found, and whether the kernel killed anything. Prints
 * the table in the docs.
 *
 *   node benchmark/pod.js [--heaps 30,60,100,200] [--limits 256,512,1024] [--rounds 200] [--every 1000]
 *                         [--gate default] [--fraction default] [--burst 0] [--beside 2] [--assert]
 *
 * `--gate always` captures in every round; `--fraction` is `maxHeadroomFraction`; with `--burst
 * 0.2`, the app allocates a fifth of the limit within a second, again and again; `--beside` is the
 * number of apps that run at a time.
 * With `--assert`, exits with 1 if anything was killed. Linux only.
 */

const path = require('node:path')
const { parseArgs } = require('node:util')
const { table } = require('./lib/markdown')
const { memoryLimits } = require('./lib/memory-group')

const { values } = parseArgs({
  options: {
    heaps: { type: 'string', default: '30,60,100,200' },
    limits: { type: 'string', default: '256,512,1024' },
    rounds: { type: 'string', default: '200' },
    every: { type: 'string', default: '1000' },
    gate: { type: 'string', default: 'default' },
    fraction: { type: 'string', default: 'default' },
    burst: { type: 'string', default: '0' },
    beside: { type: 'string', default: '2' },
    assert: { type: 'boolean', default: false }
  }
})

const MIB = 2 ** 20
const APP = path.join(__dirname, 'pod', 'app.js')
/** Share of the limit that V8's heap may take. */
const HEAP_SHARE = 0.75

const numbers = (list) => list.split(',').map(Number)
const mib = (bytes) => (bytes === null ? '?' : Math.round(bytes / MIB))

/** Runs the app to its end. Returns the lines that it printed, and how it ended. */
function run(kind, heap, limit, rounds, every) {
  const burst = Math.round(limit * Number(values.burst))
  const options = [heap, rounds, every, values.gate, values.fraction, burst]
  // V8's own limit must not be the first.
  const flags = ['--expose-gc', `--max-old-space-size=${Math.round(limit * HEAP_SHARE)}`]
  const args = [process.execPath, ...flags, APP, ...options].map(String)
  const { child, figures } = kind.start(args, limit * MIB)
  const began = Date.now()
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      // The last line of a killed program may be incomplete.
      const lines = out
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
      resolve({ lines, ended: signal ?? code, err, ms: Date.now() - began, ...figures() })
    })
  })
}

const count = (lines, has) => lines.filter(has).length

/** Formats `{ code: times }`, the most frequent first. */
function reasons(lines) {
  const times = new Map()
  for (const { skipped } of lines) {
    if (skipped !== undefined) times.set(skipped, (times.get(skipped) ?? 0) + 1)
  }
  const sorted = [...times].sort(([, a], [, b]) => b - a)
  return sorted.map(([code, n]) => `${n} ${code.replace('ERR_CAPTURE_', '')}`).join(', ') || 'none'
}

/** Runs one app in one container. */
async function cell(kind, heap, limit) {
  const { lines, ended, err, peakBytes, kills, ms } = await run(
    kind,
    heap,
    limit,
    values.rounds,
    values.every
  )
  // As long as with seep, because V8's young generation grows, and the leak does.
  const alone = await run(kind, heap, limit, 0, Math.max(3000, ms))
  if (alone.ended !== 0)
    return { row: [heap, limit, 'too small for the app itself'], killed: false }
  const roundsDone = count(lines, (line) => line.captured ?? line.skipped)
  const firstLeak = lines.findIndex((line) => line.leak !== undefined)
  const before = lines.slice(0, firstLeak)
  const killed = ended !== 0 || kills > 0
  if (ended !== 0 && err !== '') console.error(err)
  return {
    killed,
    row: [
      heap,
      limit,
      mib(alone.peakBytes),
      mib(peakBytes),
      (peakBytes / alone.peakBytes).toFixed(2),
      roundsDone,
      count(lines, (line) => line.captured === 'walk'),
      count(lines, (line) => line.captured === 'fork'),
      count(lines, (line) => line.captured === 'inline'),
      reasons(lines),
      ended === 0 ? (kills ?? '?') : `${kills ?? '?'}, the app ended by ${ended}`,
      firstLeak === -1
        ? 'no'
        : `round ${count(before, (line) => line.captured ?? line.skipped) + 1}`
    ]
  }
}

const HEAD = [
  'heap (MB)',
  'limit (MB)',
  'peak of the app alone (MiB)',
  'peak with seep (MiB)',
  'of the app alone',
  'rounds',
  'walked',
  'forked',
  'in-process',
  'skipped',
  'killed by the kernel',
  'leak reported in round'
]

async function main() {
  const kind = memoryLimits()
  if (kind === null) return console.log('skipped: no memory limit can be set here')
  const cells = numbers(values.heaps).flatMap((heap) =>
    numbers(values.limits).map((limit) => ({ heap, limit }))
  )
  const outcomes = []
  const next = async () => {
    for (let i = cells.findIndex((c) => !c.taken); i !== -1; i = cells.findIndex((c) => !c.taken)) {
      cells[i].taken = true
      outcomes[i] = await cell(kind, cells[i].heap, cells[i].limit)
    }
  }
  await Promise.all(Array.from({ length: Number(values.beside) }, next))
  const gate = values.gate === 'default' ? 'default gate' : `gate: '${values.gate}'`
  console.log(
    `${values.rounds} rounds each, one every ${values.every} ms, ${gate}, maxHeadroomFraction: ${values.fraction}, ` +
      `bursts of ${values.burst} of the limit;` +
      ` Node ${process.versions.node}; ${kind.name}\n`
  )
  const rows = outcomes.map(({ row }) => HEAD.map((_, i) => row[i] ?? ''))
  console.log(table(HEAD, rows))
  if (values.assert && outcomes.some(({ killed }) => killed)) process.exitCode = 1
}

main()
