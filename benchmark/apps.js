'use strict'

/**
 * How right seep is in real applications, as they are installed from npm: a registry, a CMS with its database, a renderer of pages with its
 * caches, a GraphQL server with subscriptions, a program of injected services with tracing, and a server of message flows.
 *
 * node benchmark/apps.js [--only NAME[,NAME...]] [--minutes N] [--interval MS] [--gate growth|always|both] [--leak with|without|both]
 *   [--beside N] [--seed N] [--cache FOLDER] [--install] [--to-the-end] [--json | --markdown]
 *
 * Each is installed into a folder below the system's temporary one (`--cache`), gets traffic in waves, and is run twice: as it is, when
 * nothing may be told, and with a leak put into it (`leak.js`), which must be told by class and place. It needs the npm registry once, and
 * minutes of processor time; it is not part of CI. The exit code is 1 when a leak was not told, was called healthy, or anything else was told.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { install, APPS } = require('./lib/apps/install')
const { clientOf, drive } = require('./lib/apps/load')
const { startServer } = require('./lib/apps/server')
const { isRight, outcomeOf } = require('./lib/field/outcome')
const { table } = require('./lib/markdown')
const { seedOf } = require('./lib/random')
const { compare } = require('./lib/verdict/score')

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '15' },
    interval: { type: 'string', default: '15000' },
    gate: { type: 'string', default: 'both' },
    leak: { type: 'string', default: 'both' },
    beside: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    cache: { type: 'string', default: path.join(os.tmpdir(), 'seep-apps') },
    install: { type: 'boolean', default: false },
    'to-the-end': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false }
  }
})
const intervalMs = Number(values.interval)
const intervals = Math.ceil((Number(values.minutes) * 60_000) / intervalMs)

function findApps() {
  const only = values.only.split(',').filter((name) => name !== '')
  return fs
    .readdirSync(APPS)
    .filter((name) => fs.existsSync(path.join(APPS, name, 'app.js')))
    .filter((name) => only.length === 0 || only.includes(name))
    .map((name) => ({ name, ...require(path.join(APPS, name, 'app.js')) }))
}

const choices = (value, both) => (value === 'both' ? both : [value])

async function measure({ app, gate, leaks }) {
  const folder = install(app, values.cache)
  const work = fs.mkdtempSync(path.join(os.tmpdir(), `seep-app-${app.name}-`))
  const expect = { leak: leaks, others: [], ...app.leak }
  const environment = {
    SEEP_INTERVAL_MS: String(intervalMs),
    SEEP_GATE: gate,
    SEEP_LOG: 'off',
    // A day's account is for intervals of a minute.
    ...(gate === 'always' ? { SEEP_MAX_DAILY_CPU_MS: '86400000' } : {})
  }
  const server = await startServer(app, { folder, work, environment, leaks })
  try {
    await server.ready()
    const client = clientOf({ port: server.port, folder })
    await app.setUp?.(client)
    const isTold = () => server.seen.events.some(({ leak }) => compare(leak, expect).isIt)
    const isOver = () =>
      server.hasEnded() ||
      server.seen.rounds >= intervals ||
      (leaks && !values['to-the-end'] && isTold())
    const seed = seedOf(app.name, Number(values.seed))
    const begin = performance.now()
    const load = await drive(app, client, { seed, intervalMs, intervals, isOver })
    const minutes = (performance.now() - begin) / 60_000
    client.close()
    if (server.hasEnded()) throw new Error(`${app.name} ended\n${server.output()}`)
    const told = server.seen.events.find(({ leak }) => leaks && compare(leak, expect).isIt)
    const { checks } = server.seen
    return {
      name: app.name,
      title: app.title,
      gate,
      expect,
      minutes,
      load,
      heapBytes: checks.at(-1)?.heapBytes ?? null,
      native: checks
        .filter(({ native }) => native !== null)
        .map(
          ({ round, native }) => `${native.title}, ${native.bytes.join(' ')} (interval ${round})`
        ),
      toldAs: told?.leak.title ?? null,
      toldAfterMinutes: told === undefined ? null : told.atMs / 60_000,
      outcome: outcomeOf({ expect, ...server.seen })
    }
  } finally {
    await server.stop()
    fs.rmSync(work, { recursive: true, force: true })
  }
}

function describe({ name, gate, expect, minutes, load, heapBytes, toldAs, native, outcome }) {
  const { toldAt, captures, rounds, calledHealthy, falsely, verdicts, suspects, nativeGrowth } =
    outcome
  const facts = [
    ...(expect.leak ? [toldAt === null ? 'not told' : `told at ${toldAt}`] : []),
    `${minutes.toFixed(1)} min`,
    `${captures} captures in ${rounds}: ${outcome.capturedAt.join(' ')}`,
    `${(outcome.spentMs / 1000).toFixed(1)} s`,
    `${load.requests} requests, ${load.failed} failed`,
    `heap ${Math.round((heapBytes ?? 0) / 1e6)} MB`,
    ...(calledHealthy > 0 ? [`healthy ${calledHealthy} times`] : []),
    ...(nativeGrowth > 0 ? [`native-growth ${nativeGrowth} times`] : [])
  ]
  const failed = Object.entries(outcome.skips).filter(([code]) => code !== 'GATE_CLOSED')
  if (failed.length > 0) facts.push(failed.map(([code, times]) => `${code} ${times}`).join(', '))
  const right = isRight({ expect, outcome }) ? 'ok  ' : 'FAIL'
  return [
    `${right} ${name.padEnd(9)} ${gate.padEnd(7)} ${expect.leak ? 'leak   ' : 'healthy'} ${facts.join(', ')}`,
    ...(toldAs === null ? [] : [`       told: ${toldAs}`]),
    ...falsely.map((title) => `       falsely: ${title}`),
    ...(load.failed > 0 ? [`       failed: ${JSON.stringify(load.why)}`] : []),
    ...native.map((text) => `       native: ${text}`),
    `       verdicts: ${verdicts.join(' ')}`,
    ...suspects.map((title) => `       suspected: ${title}`)
  ].join('\n')
}

function markdown(results) {
  const head = [
    'application',
    'gate',
    'leak',
    'minutes',
    'captures',
    'told after',
    'told as',
    'other events'
  ]
  const rows = results.map(
    ({ title, gate, expect, minutes, toldAs, toldAfterMinutes, outcome }) => [
      title,
      gate,
      expect.leak ? 'put in' : 'none',
      minutes.toFixed(1),
      outcome.captures,
      expect.leak
        ? toldAfterMinutes === null
          ? 'not'
          : `${toldAfterMinutes.toFixed(1)} min`
        : '-',
      toldAs ?? '-',
      outcome.falsely.length
    ]
  )
  return table(head, rows)
}

async function main() {
  const apps = findApps()
  if (values.install) {
    for (const app of apps) console.log(`${app.name}: ${install(app, values.cache)}`)
    return
  }
  const waiting = apps.flatMap((app) =>
    choices(values.gate, ['growth', 'always']).flatMap((gate) =>
      choices(values.leak, ['without', 'with']).map((leak) => ({
        app,
        gate,
        leaks: leak === 'with'
      }))
    )
  )
  const results = []
  async function work() {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
      try {
        const result = await measure(run)
        results.push(result)
        if (!isRight(result)) process.exitCode = 1
        if (values.json) console.log(JSON.stringify(result))
        else if (!values.markdown) console.log(describe(result))
      } catch (error) {
        process.exitCode = 1
        console.error(`FAIL ${run.app.name} ${run.gate}: ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values.beside) }, work))
  if (values.markdown) console.log(markdown(results))
}

main()
