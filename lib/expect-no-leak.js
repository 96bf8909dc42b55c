'use strict'

/**
 * `expectNoLeak()`, for test runners: calls a function in rounds, captures the
 * heap after each, and fails if something keeps growing.
 *
 * A capture collects garbage first, so `--expose-gc` is not needed. One or two
 * captures prove nothing, because caches fill, code is compiled and pools are
 * created. Something that keeps growing round after round is a leak.
 */

const { AssertionError } = require('node:assert')
const { describeLeak } = require('./describe')
const { invalidType, withCode } = require('./errors')
const { OPTIONS: DETECTOR_OPTIONS } = require('./option-table')
const { completeOptions, resolveOptions } = require('./options')
const types = require('./option-types')

/** A test may be paused for as long as it takes. */
const PATIENT_MS = 10 * 60_000

/** Factor by which rounds are extended while growth is neither confirmed nor over. */
const PATIENCE = 3

/** Files in which test runners record tests: they grow while a test runs, through no fault of the test. */
const RUNNERS =
  /node:internal\/test_runner\/|node_modules\/(@jest|jest-[^/]+|@vitest|vitest|tinypool)\//

/** As in lib/option-table.js, without environment variables. */
const OPTIONS = {
  rounds: {
    type: types.integer(3, 1000, 'rounds'),
    default: 5,
    about:
      'Minimum number of rounds. If growth is not yet confirmed after these, there are up to three times as many.'
  },
  calls: {
    type: types.integer(1, 1_000_000, 'calls in each round'),
    default: 100,
    about: 'Calls of `fn` per round, one after the other. More calls reveal smaller leaks.'
  },
  minGrowthBytes: {
    type: types.integer(0, Number.MAX_SAFE_INTEGER, 'bytes'),
    default: 16 * 1024,
    about: 'Minimum growth, across all rounds, that makes the test fail.'
  },
  capture: { ...DETECTOR_OPTIONS.capture, env: null, about: 'As for a detector.' },
  ignore: {
    type: types.callback('(leak: LeakReport) => boolean'),
    default: () => false,
    about: 'Returns true for leaks that do not count.'
  }
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

/** Runs one round: `calls` calls in turn, then a capture. */
async function round(detector, fn, calls) {
  for (let i = 0; i < calls; i++) await fn()
  const report = await detector.check()
  if (report.skip === null) return report
  const { code, message } = report.skip
  throw withCode(new Error(`Cannot check for leaks: ${message}`), code)
}

/**
 * Documented in index.d.ts.
 *
 * @param {(options: object) => import('../index').LeakDetector} makeDetector
 * @param {() => unknown} fn
 * @param {object} [given]
 */
async function expectNoLeak(makeDetector, fn, given = {}) {
  if (typeof fn !== 'function') throw invalidType('The first argument', 'a function', fn)
  const { rounds, calls, minGrowthBytes, capture, ignore } = completeOptions(OPTIONS, given)
  const isWanted = (leak) => !isOfRunner(leak) && !ignore(leak)
  const own = { capture, minGrowthBytes, maxPauseMs: PATIENT_MS, maxHeadroomFraction: 1 }
  // The environment is meant for programs. The result of a test must depend only on the test itself.
  const fallback = ({ default: value }) => value
  // Titles report growth per call, because a test does not last for hours.
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
