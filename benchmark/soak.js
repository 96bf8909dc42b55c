'use strict'

/**
 * Runs an Express app under a steady load for a long time, with a capture every few
 * seconds. Counts requests, memory, descriptors, threads and children before, during and
 * after. Prints the table in the docs.
 *
 *   node benchmark/soak.js [--minutes 30 | --captures 250] [--every 5] [--rate 200] [--heap 50] [--assert]
 *
 * With `--captures`, it continues until that many snapshots were taken. With `--assert`, it
 * exits with 1 if something failed or was left behind.
 * Only counts are asserted, not times, so that it passes on a busy machine. Linux only.
 */

const { fork } = require('node:child_process')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const autocannon = require('autocannon')
const { table } = require('./lib/markdown')

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    captures: { type: 'string' },
    every: { type: 'string', default: '5' },
    rate: { type: 'string', default: '200' },
    heap: { type: 'string', default: '50' },
    assert: { type: 'boolean', default: false }
  }
})

const LOOK_MS = 5000
/** Effectively unlimited, for runs with a number of captures. */
const A_DAY_S = 24 * 60 * 60
/** Minimum share of all rounds. */
const WHOLE = 0.9
/** Maximum number of threads that V8 and libuv start on demand and keep. */
const POOL_THREADS = 4

const requests = [
  ...Array(6).fill({ path: '/json' }),
  ...Array(3).fill({ path: '/session' }),
  {
    method: 'POST',
    path: '/upload',
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.alloc(64 * 1024, 'x')
  },
  { path: '/later' },
  { path: '/file' },
  { path: '/child' }
]

const mib = (bytes) => Math.round(bytes / 2 ** 20)

/** Runs the app under load. Returns its reports before, during and after. */
async function soak() {
  const app = fork(path.join(__dirname, 'soak', 'app.js'), [
    String(Number(values.every) * 1000),
    values.heap
  ])
  const ended = new Promise((_, reject) => {
    app.once('exit', (code, signal) => reject(new Error(`the app ended: ${signal ?? code}`)))
  })
  const message = () =>
    Promise.race([ended, new Promise((resolve) => app.once('message', resolve))])
  const ask = (command) => {
    app.send(command)
    return message()
  }
  const { port } = await message()
  const load = {
    url: `http://127.0.0.1:${port}`,
    connections: 20,
    requests,
    overallRate: Number(values.rate)
  }
  // Lets pools of threads and memory fill before they are counted.
  await autocannon({ ...load, duration: 10 })
  const { before } = await ask('begin')
  const looks = []
  let asked = Promise.resolve()
  const wanted = Number(values.captures ?? Number.POSITIVE_INFINITY)
  const duration = values.captures ? A_DAY_S : Math.round(Number(values.minutes) * 60)
  const loading = autocannon({ ...load, duration })
  const looking = setInterval(() => {
    asked = ask('look').then(({ now, captures }) => {
      looks.push(now)
      if (captures >= wanted) loading.stop()
    })
  }, LOOK_MS)
  const result = await loading
  clearInterval(looking)
  await asked
  const { after, counts } = await ask('end')
  app.removeAllListeners('exit')
  app.kill('SIGKILL')
  return { result, before, looks, after, counts }
}

function print({ result, before, looks, after, counts }) {
  const all = (name) => {
    const during = looks.map((look) => look[name])
    return `${before[name]}, ${Math.min(...during)} to ${Math.max(...during)}, ${after[name]}`
  }
  const half = Math.floor(looks.length / 2)
  const highest = (part) => mib(Math.max(...part.map(({ rss }) => rss)))
  const halves = `${highest(looks.slice(0, half))}, ${highest(looks.slice(half))}`
  const load = os.loadavg()[0].toFixed(1)
  console.log(
    `Express, ${(result.duration / 60).toFixed(0)} minutes, ${values.rate} requests/s, ${values.heap} MB held, a round every ${values.every} s;` +
      ` Node ${process.versions.node}, ${os.cpus().length} processors, load ${load} at the end:\n`
  )
  console.log(
    table(
      ['measure', 'value'],
      [
        ['requests', result.requests.total],
        ['failed', kinds(result)],
        ['latency p50, p99, p99.9, longest', latencies(result)],
        ['captures', counts.captures],
        ['skips', list(counts.skips)],
        ['verdicts', list(counts.verdicts)],
        ['longest pause', `${counts.longestPauseMs.toFixed(1)} ms`],
        ['CPU time of captures', `${(counts.costMs / 1000).toFixed(0)} s`],
        [
          'RSS before; peak in each half; after',
          `${mib(before.rss)}; ${halves}; ${mib(after.rss)} MiB`
        ],
        ['descriptors before, during, after', all('descriptors')],
        ['threads before, during, after', all('threads')],
        ['children before, during, after', all('children')]
      ]
    )
  )
}

/** Formats `{ a: 2, b: 1 }` as `a 2, b 1`. */
function list(counts) {
  const parts = Object.entries(counts).map(([name, times]) => `${name} ${times}`)
  return parts.join(', ') || 'none'
}

/** Returns the number of failures, by reason. */
const kinds = ({ errors, timeouts, non2xx }) =>
  errors + non2xx === 0
    ? 0
    : `${errors - timeouts} errors, ${timeouts} timeouts, ${non2xx} other statuses`

/** A timeout is counted as an error too. */
const failures = ({ errors, non2xx }) => errors + non2xx

function latencies({ latency }) {
  return [latency.p50, latency.p99, latency.p99_9, latency.max].map((ms) => `${ms} ms`).join(', ')
}

/** Returns the violations. */
function wrongs({ result, before, after, counts }) {
  const skipped = Object.values(counts.skips).reduce((sum, times) => sum + times, 0)
  const expectations = {
    'requests failed': failures(result) === 0,
    'nothing was captured': counts.captures >= 1,
    'too many rounds were skipped': counts.captures >= WHOLE * (counts.captures + skipped),
    'a leak was reported': counts.leaks === 0,
    'descriptors were left': after.descriptors <= before.descriptors,
    'threads were left': after.threads <= before.threads + POOL_THREADS,
    'children were left': after.children === 0
  }
  return Object.keys(expectations).filter((wrong) => !expectations[wrong])
}

async function main() {
  const outcome = await soak()
  print(outcome)
  const found = wrongs(outcome)
  if (found.length === 0) return
  console.log(`\nNot as it must be: ${found.join('; ')}`)
  for (const leak of outcome.counts.described) console.log(`\n${leak}`)
  if (values.assert) process.exitCode = 1
}

main()
