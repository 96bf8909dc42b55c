'use strict'

/**
 * `expectNoLeak()`: for test runners. Calls a function in rounds, with a look at
 * the heap after each, and fails when something grows with them.
 *
 * A capture collects garbage first, so `--expose-gc` is not needed. One look
 * says nothing, and neither do two: caches fill, code is compiled, pools are
 * made. What goes on growing round after round is a leak.
 */

const { AssertionError } = require('node:assert')
const { describeLeak } = require('./describe')
const { invalidType, withCode } = require('./errors')
const { OPTIONS: DETECTOR_OPTIONS } = require('./option-table')
const { checkNames, checkedValue, resolveOptions } = require('./options')
const types = require('./option-types')

/** Nobody waits for the event loop of a test. */
const PATIENT_MS = 10 * 60_000

/** Growth that is not yet a leak after all rounds gets this many times as many to end or to become one. */
const PATIENCE = 3

/** Where test runners keep what they know of tests, which grows while a test runs and is not its fault. */
const RUNNERS =
  /node:internal\/test_runner\/|node_modules\/(@jest|jest-[^/]+|@vitest|vitest|tinypool)\//

/** As in lib/option-table.js; without variables. */
const OPTIONS = {
  rounds: {
    type: types.integer(3, 1000, 'rounds'),
    default: 5,
    about:
      'Minimum number of rounds. Growth that is not yet confirmed after these gets up to three times as many.'
  },
  calls: {
    type: types.integer(1, 1_000_000, 'calls in each round'),
    default: 100,
    about: 'Calls of `fn` in each round, one after the other. More calls show smaller leaks.'
  },
  minGrowthBytes: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
    default: 16 * 1024,
    about: 'Growth over all rounds that is not worth a failure.'
  },
  capture: { ...DETECTOR_OPTIONS.capture, env: null, about: 'As for a detector.' },
  ignore: {
    type: types.callback('(leak: LeakReport) => boolean'),
    default: () => false,
    about: 'Leaks for which this returns true do not count.'
  }
}

function resolve(given) {
  checkNames(given, Object.keys(OPTIONS))
  const resolved = {}
  for (const [name, { type, default: fallback }] of Object.entries(OPTIONS)) {
    resolved[name] = given[name] === undefined ? fallback : checkedValue(name, type, given[name])
  }
  return resolved
}

function isOfRunner({ path, container }) {
  const places = [container.location, ...path.map(({ location }) => location)]
  const names = [path[0]?.edge.name, ...places.map((place) => place?.file)]
  return names.some((name) => RUNNERS.test(name?.replaceAll('\\', '/') ?? ''))
}

function failure(leaks, calls, rounds) {
  const [worst] = leaks
  const more = leaks.length > 1 ? `, and ${leaks.length - 1} more` : ''
  const error = new AssertionError({
    message: [
      `Expected no leak, but ${worst.title}${more} (${rounds} rounds of ${calls} calls)`,
      ...leaks.map((leak) => `\n${describeLeak(leak)}`)
    ].join('\n'),
    actual: leaks.map(({ title }) => title),
    expected: [],
    operator: 'expectNoLeak',
    // The first line of the stack is that of the test.
    stackStartFn: expectNoLeak
  })
  error.leaks = leaks
  return error
}

/** One round: so many calls in turn, and a look. */
async function round(detector, fn, calls) {
  for (let i = 0; i < calls; i++) await fn()
  const report = await detector.check()
  if (report.skip === null) return report
  const { code, message } = report.skip
  throw withCode(new Error(`Cannot look for leaks: ${message}`), code)
}

/**
 * Documented in index.d.ts.
 *
 * @param {(options: object) => import('../index').LeakDetector} makeDetector
 * @param {() => unknown} fn
 * @param {object} [given]
 */
async function expectNoLeak(makeDetector, fn, given = {}) {
  if (typeof fn !== 'function') throw invalidType('What is tested', 'a function', fn)
  const { rounds, calls, minGrowthBytes, capture, ignore } = resolve(given)
  const isWanted = (leak) => !isOfRunner(leak) && !ignore(leak)
  const own = { capture, minGrowthBytes, maxPauseMs: PATIENT_MS, maxHeadroomFraction: 1 }
  // What the environment says is meant for programs: a test passes or fails by what stands in it.
  const fallback = ({ default: value }) => value
  // A test takes no hour: titles say what each call leaves.
  const detector = makeDetector(resolveOptions(own, fallback, { callsPerRound: calls }))
  try {
    for (let done = 1; done <= rounds * PATIENCE; done++) {
      const report = await round(detector, fn, calls)
      if (done < rounds) continue
      const leaks = report.leaks.filter(isWanted)
      if (leaks.length > 0) throw failure(leaks, calls, done)
      if (!report.suspects.some(isWanted)) return
    }
  } finally {
    await detector.stop()
  }
}

module.exports = { OPTIONS, expectNoLeak }
