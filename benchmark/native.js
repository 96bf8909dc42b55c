'use strict'

/**
 * How right seep is about memory outside of the JavaScript heap: programs with a known cause each, and healthy ones, as services with
 * traffic in waves, quiet times and bursts. The detector is left to its defaults, only the interval is shortened.
 *
 * node benchmark/native.js [--only NAME[,NAME...]] [--runs N] [--interval MS] [--readings N] [--beside N] [--seed N]
 *   [--cache FOLDER] [--install] [--json | --markdown | --verbose]
 *
 * Packages are installed below the system's temporary folder (`--cache`), for the Node that runs this. What needs a compiler, a package or
 * jemalloc that is not there is left out, with a note. Linux only. The exit code is 1 if a cause was not told, anything else was told, or
 * the account of the memory did not add up.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { answerOf } = require('./lib/answer')
const { table } = require('./lib/markdown')
const {
  addsUp,
  isRight,
  milliseconds,
  outcomeOf,
  percent,
  totals
} = require('./lib/native/outcome')
const { findPrograms, provider } = require('./lib/native/programs')
const { seedOf } = require('./lib/random')

const CHILD = path.join(__dirname, 'lib/native/child.js')
/** A busy machine stretches rounds; a program that hangs must not. */
const PATIENCE = 8

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '1' },
    interval: { type: 'string', default: '1000' },
    readings: { type: 'string', default: '50' },
    beside: { type: 'string', default: String(os.availableParallelism()) },
    seed: { type: 'string', default: '1' },
    cache: { type: 'string', default: path.join(os.tmpdir(), 'seep-native') },
    install: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false }
  }
})
const intervalMs = Number(values.interval)
const readings = Number(values.readings)

async function measure({ program, run, found }) {
  const { name, side, file } = program
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `seep-native-${name}-`))
  const { addon, folders, preload } = found
  const settings = {
    intervalMs,
    readings,
    seed: seedOf(name, Number(values.seed) + run),
    addon,
    folders,
    folder
  }
  try {
    const answer = await answerOf(CHILD, [file, JSON.stringify(settings)], {
      timeoutMs: 60_000 + PATIENCE * intervalMs * readings,
      env: preload === undefined ? {} : { LD_PRELOAD: preload }
    })
    const outcome = outcomeOf(answer)
    const said = values.verbose ? { readings: answer.readings, growths: answer.growths } : {}
    return { name, side, run, cause: answer.cause, outcome, ...said }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

const megabytes = (bytes) => Math.round(bytes / 1e6)

/** What grew by the kernel's books, between the first readings and the last. */
function grown({ from, to }) {
  if (from === null) return 'too short to compare'
  const sizes = Object.keys(to).filter((key) => key.endsWith('Bytes'))
  const bytes = sizes.map((key) => [key.slice(0, -5), megabytes(to[key] - from[key])])
  const counts = ['threads', 'descriptors', 'handles'].map((key) => [key, to[key] - from[key]])
  return [
    ...bytes.filter(([, change]) => Math.abs(change) > 1).map(([key, by]) => `${key} ${by} MB`),
    ...counts.filter(([, change]) => change !== 0).map(([key, by]) => `${key} ${by}`)
  ].join(', ')
}

function describe({ name, side, run, outcome }) {
  const { account, toldAt, kinds, explained, oddlyExplained, falsely, lastVerdict } = outcome
  const mark = isRight(outcome) && addsUp(outcome) ? 'ok  ' : 'FAIL'
  const facts = [
    toldAt === null ? 'nothing told' : `${kinds.join(', ')} at ${toldAt}`,
    `verdict ${lastVerdict}`,
    `unattributed ${percent(account.unattributed.middle)}, most ${percent(account.unattributed.most)}`,
    `took ${milliseconds(account.tookMs.middle)}, most ${milliseconds(account.tookMs.most)}`,
    ...(explained.length > 0 ? [`explained as ${explained.join(', ')}`] : []),
    `${outcome.captures} captures`
  ]
  return [
    `${mark} ${side} ${name.padEnd(22)} ${run > 0 ? `run ${run + 1}, ` : ''}${facts.join(', ')}`,
    ...outcome.titles.map((title) => `       told: ${title}`),
    ...(outcome.culprits.length > 0 ? [`       culprits: ${outcome.culprits.join('; ')}`] : []),
    ...(toldAt !== null && !outcome.hasCulprit ? ['       without the culprit'] : []),
    ...falsely.map((text) => `       falsely: ${text}`),
    ...oddlyExplained.map((kind) => `       oddly explained as ${kind}`),
    ...(account.gap > 0 ? [`       parts miss their sum by ${percent(account.gap)}`] : []),
    ...(mark === 'FAIL' || values.verbose ? [`       grew: ${grown(outcome.truth)}`] : [])
  ].join('\n')
}

function markdown(results) {
  const head = ['program', 'cause', 'told as', 'at reading', 'without a name', 'a reading takes']
  const rows = results.map(({ name, cause, outcome }) => [
    `\`${name}\``,
    cause,
    outcome.kinds.map((kind) => `\`${kind}\``).join(', ') || '-',
    outcome.toldAt ?? '-',
    percent(outcome.account.unattributed.most),
    milliseconds(outcome.account.tookMs.middle)
  ])
  return table(head, rows)
}

/** The programs that can run here; says why others cannot. */
function prepare() {
  const provide = provider(values.cache)
  const only = values.only.split(',').filter((part) => part !== '')
  return findPrograms(only).flatMap((program) => {
    try {
      return { program, found: provide(program) }
    } catch (error) {
      console.error(`left out ${program.name}: ${error.message.trim().split('\n', 1)[0]}`)
      return []
    }
  })
}

async function main() {
  const ready = prepare()
  if (values.install) return
  const runs = Array.from({ length: Number(values.runs) }, (_, run) => run)
  const waiting = runs.flatMap((run) => ready.map((it) => ({ ...it, run })))
  const results = []
  async function work() {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        const result = await measure(next)
        results.push(result)
        if (!isRight(result.outcome) || !addsUp(result.outcome)) process.exitCode = 1
        if (values.json) console.log(JSON.stringify(result))
        else if (!values.markdown) console.log(describe(result))
      } catch (error) {
        process.exitCode = 1
        console.error(`FAIL ${next.program.name}: ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values.beside) }, work))
  if (values.json) return
  if (values.markdown) console.log(markdown(results))
  console.log('')
  for (const [name, value] of totals(results.map(({ outcome }) => outcome))) {
    console.log(`${name.padEnd(48)} ${value}`)
  }
}

main()
