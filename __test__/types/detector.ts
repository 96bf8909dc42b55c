// What must compile, and what must not. Checked by `npm run types`, never run.

import { subscribe } from 'node:diagnostics_channel'
import pino from 'pino'
import {
  type Analysis,
  analyzeFile,
  type ChannelMessages,
  type CheckReport,
  compareFiles,
  expectNoLeak,
  type FixReport,
  type LeakAssertionError,
  LeakDetector,
  type LeakReport,
  type Logger,
  type MemoryAccount,
  type MemoryExhaustion,
  type NativeGrowthReport,
  type SeepError,
  type SkipCode,
  type SkipReport,
  start,
  stripFile,
  verifyFiles
} from 'seep'

const detector: LeakDetector = new LeakDetector({
  intervalMs: 60_000,
  gate: 'always',
  capture: 'auto',
  maxPauseMs: 100,
  maxHeadroomFraction: 0.25,
  minChecks: 4,
  minGrowthBytes: 1024,
  cooldownMs: 0,
  exhaustionMs: 600_000,
  trimMemory: true,
  warmUpMs: 60_000,
  ignore: ['8e2949eac92eeba7', /cache/i, ({ growth }) => growth.bytesPerHour < 1e6],
  signal: new AbortController().signal,
  logger: 'json',
  reportDir: '/var/log/seep'
})

new LeakDetector()
new LeakDetector({ intervalMs: undefined, logger: console })
start().on('leak', (leak) => leak.title.toUpperCase())
const chained: LeakDetector = detector.start()

detector.on('leak', (leak: LeakReport) => leak.path[0]?.edge.name)
detector.on('resolved', (leak: LeakReport) => leak.id)
const resolvedSoFar: number = detector.status().resolved
void resolvedSoFar
detector.on('check', (report: CheckReport) => report.cost?.pauseMs.toFixed())
detector.once('skip', ({ code, message }: SkipReport) => `${code}: ${message}`)

detector.on('memory-growth', ({ kind, culprits }: NativeGrowthReport) => `${kind} ${culprits[0]}`)
detector.on('exhaustion', ({ limit, leftMs }: MemoryExhaustion) => `${limit} ${leftMs?.toFixed()}`)
subscribe('seep:memory-growth', (message) => {
  const { memoryGrowth } = message as ChannelMessages['seep:memory-growth']
  void memoryGrowth.advice
})
detector.once('stop', () => {})
subscribe('seep:leak', (message) => {
  const { leak, detector } = message as ChannelMessages['seep:leak']
  void [leak.title, detector.status().floorBytes?.toFixed(), detector.status().pauseMs.toFixed()]
})

// A pino logger, by shape.
const logger: Logger = { warn: (fields: object, message: string) => void [fields, message] }
start({ logger })
start({ logger: pino() })
start({ logger: console })

async function rounds(): Promise<void> {
  const account: MemoryAccount | null = await detector.memory()
  const kept: number | null | undefined = account?.parts.allocatorFreeBytes
  const limit: number | null | undefined = detector.status().memory?.group?.limitBytes
  void [kept, limit, detector.status().native?.isGrowth, detector.status().exhaustion?.leftMs]
  // @ts-expect-error: not known everywhere
  void account.rssBytes
  const report: CheckReport = await chained.check()
  const verdict:
    | 'leak'
    | 'suspected'
    | 'healthy'
    | 'native-growth'
    | 'insufficient-data'
    | 'skipped' = report.verdict
  const line: number | null | undefined = report.leaks[0]?.container.location?.line
  const labels: (string | null | undefined)[] = report.leaks.flatMap(({ items, path }) => [
    items.label,
    ...path.map(({ edge, location }) => edge.label + location?.label)
  ])
  const path: string = await detector.writeSnapshot()
  const profile: string = await detector.writeAllocationProfile('leaks.pb.gz')
  const creator: string | null | undefined = report.leaks[0]?.allocations?.createdIn?.functionName
  const samples: number | undefined = detector.status().allocations?.samples
  const reason: string | null = detector.disabledReason
  const skips: number | undefined = detector.status().skips.GATE_CLOSED
  const way: 'walk' | 'fork' | 'inline' | null | undefined = detector.status().capture?.way
  await detector[Symbol.asyncDispose]()
  await detector.stop()
  void [verdict, line, labels, path, reason, skips, way, profile, creator, samples]
}
void rounds

const analysis: Promise<Analysis> = analyzeFile('a.heapsnapshot', { ids: [1] })
void analysis.then(({ classes }) => classes[0]?.distance?.toFixed())
void compareFiles(['a.heapsnapshot', 'b.heapsnapshot'], { redactNames: true })
// @ts-expect-error no option of a comparison
void compareFiles(['a.heapsnapshot', 'b.heapsnapshot'], { capture: 'walk' })
const fix: Promise<FixReport> = verifyFiles(['a.heapsnapshot'], ['b.heapsnapshot'], { leak: 'a' })
void fix.then(
  ({ outcome, leaks }) => outcome === 'fixed' && leaks[0]?.before?.bytesPerHour?.toFixed()
)
// @ts-expect-error not one of the outcomes
void fix.then(({ outcome }) => outcome === 'mended')
void stripFile('a.heapsnapshot', 'b.heapsnapshot').then(({ values }) => values.toFixed())
void detector.writeSnapshot('a.heapsnapshot', { strip: true })
// @ts-expect-error true or false
void detector.writeSnapshot('a.heapsnapshot', { strip: 'names' })
// @ts-expect-error ids are numbers
void analyzeFile('a.heapsnapshot', { ids: ['1'] })

// @ts-expect-error a list, never one name alone
new LeakDetector({ ignore: 'Session' })
// @ts-expect-error a number of milliseconds, never a string such as '1m'
new LeakDetector({ intervalMs: '1m' })
// @ts-expect-error unknown options are typing errors
new LeakDetector({ interval: 60_000 })
// @ts-expect-error not one of the choices
new LeakDetector({ gate: 'sometimes' })
// @ts-expect-error true says nothing about the format
new LeakDetector({ logger: true })
// @ts-expect-error a logger has to warn
new LeakDetector({ logger: { info() {} } })
// @ts-expect-error there is no such event
detector.on('leek', () => {})
// @ts-expect-error the end has nothing to say
detector.on('stop', (report) => report)
// @ts-expect-error there is no 'error' event
detector.on('error', () => {})
// @ts-expect-error a leak has no such field
detector.on('leak', (leak) => leak.bytes)
// @ts-expect-error unknown is null, so it must be asked for
detector.on('check', (report) => report.snapshot.nodes)
// @ts-expect-error cannot be set
detector.enabled = false
// @ts-expect-error a verdict of another word
const wrong: CheckReport['verdict'] = 'fine'
void wrong

async function tests(): Promise<void> {
  await expectNoLeak(() => {})
  await expectNoLeak(async () => 5, {
    rounds: 4,
    calls: 10,
    ignore: ({ kind }) => kind === 'timers'
  })
  try {
    await expectNoLeak(() => {}, { minGrowthBytes: 0, capture: 'inline' })
  } catch (error) {
    void (error as LeakAssertionError).leaks[0]?.title
  }
  // @ts-expect-error a function, not what it returned
  await expectNoLeak(Promise.resolve())
  // @ts-expect-error rounds are counted
  await expectNoLeak(() => {}, { rounds: 'many' })
  // @ts-expect-error unknown options are typing errors
  await expectNoLeak(() => {}, { iterations: 5 })
}
void tests

detector.on('skip', ({ code }) => {
  const known: SkipCode = 'ERR_CAPTURE_BUSY'
  return code === known || code === 'SOMETHING_OF_TOMORROW'
})
detector.writeSnapshot().catch((error: SeepError) => {
  if (error.code === 'ERR_FILE_DISK_FULL') void error.offset?.toFixed()
})
