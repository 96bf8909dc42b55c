'use strict'

/**
 * What the commands read of the answers of a process. It may be any program of this user: an answer
 * of another shape is refused as a whole, so that nobody who shows it meets a value of a wrong type.
 * Fields that nobody here reads may be anything.
 */

const text = (value) => typeof value === 'string'
const number = (value) => Number.isFinite(value)
const flag = (value) => typeof value === 'boolean'
const time = (value) => text(value) && !Number.isNaN(Date.parse(value))
const orNull = (is) => (value) => value === null || is(value)
const list = (is) => (value) => Array.isArray(value) && value.every(is)
const oneOf =
  (...values) =>
  (value) =>
    values.includes(value)

/** @param {Record<string, (value: unknown) => boolean>} fields */
function record(fields) {
  const known = Object.entries(fields)
  return (value) =>
    value !== null && typeof value === 'object' && known.every(([name, is]) => is(value[name]))
}

/** Returns whether fields that depend on each other fit, too. */
const both = (is, fits) => (value) => is(value) && fits(value)

const place = record({
  file: orNull(text),
  line: orNull(number),
  functionName: orNull(text),
  label: orNull(text)
})
const edge = record({ kind: text, name: text, label: text })

const leak = record({
  id: text,
  verdict: text,
  title: text,
  pathText: text,
  advice: text,
  container: record({ label: text, name: orNull(text), location: orNull(place) }),
  items: record({ label: text, count: number, exclusiveBytes: number, location: orNull(place) }),
  growth: record({
    counts: list(number),
    retainedBytes: list(number),
    bytesPerHour: number,
    bytesPerRequest: orNull(number)
  }),
  path: list(record({ edge, label: text, location: orNull(place) })),
  evidence: record({ against: list(text) }),
  allocations: orNull(record({ createdIn: orNull(place), storedIn: orNull(place) }))
})

const VERDICTS = ['leak', 'suspected', 'healthy', 'native-growth', 'insufficient-data', 'skipped']

/** A CheckReport. */
const isCheck = both(
  record({
    verdict: oneOf(...VERDICTS),
    leaks: list(leak),
    suspects: list(leak),
    native: orNull(record({ title: text, advice: text })),
    skip: orNull(record({ code: text, message: text })),
    snapshot: orNull(record({ nodes: number })),
    cost: orNull(record({ pauseMs: number, capture: text })),
    memory: orNull(record({ heapUsedBytes: number }))
  }),
  ({ verdict, native, skip }) =>
    (verdict !== 'native-growth' || native !== null) && (verdict !== 'skipped' || skip !== null)
)

const numbers = list(number)

/** The data of a status page. */
const isReport = record({
  status: record({
    enabled: flag,
    state: text,
    captures: number,
    options: record({ minChecks: number, intervalMs: number })
  }),
  check: orNull(isCheck),
  memory: orNull(
    record({
      recent: record({
        floorBytes: numbers,
        heapUsedBytes: numbers,
        externalBytes: numbers,
        rssBytes: numbers
      })
    })
  )
})

/** The figures of `seep ps`. */
const isStatus = record({
  program: text,
  node: text,
  startedAt: time,
  memory: record({
    rssBytes: number,
    heapUsedBytes: number,
    externalBytes: number,
    floorBytes: orNull(number)
  }),
  revision: number,
  verdict: orNull(text),
  leaks: number,
  suspects: number,
  growthBytesPerHour: orNull(number),
  detector: record({
    checking: flag,
    growth: orNull(record({ signal: text, bytes: number, share: number }))
  })
})

module.exports = { isCheck, isReport, isStatus }
