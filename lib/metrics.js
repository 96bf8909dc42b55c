'use strict'

/**
 * What a monitoring system is told of a detector, once for all of them:
 * prometheus.js and opentelemetry.js give these figures their own names.
 *
 * Figures are read from `status()` when they are asked for, so that between two
 * scrapes they cost nothing: no timer, no listener, no copy of anything.
 */

/** Series per process that name a leak: labels must be bounded, or metrics leak themselves. */
const MAX_LEAKS = 20
const MAX_LABEL = 80

const MS_PER_SECOND = 1000

/** Both ends of a long name tell something. */
function label(text) {
  if (text.length <= MAX_LABEL) return text
  const half = (MAX_LABEL - 1) >> 1
  return `${text.slice(0, half)}…${text.slice(-half)}`
}

function labelsOf({ id, kind, items, container }) {
  return {
    fingerprint: id,
    kind,
    items: label(items.className),
    container: label(container.name ?? container.className)
  }
}

/** One value for each of the worst leaks. */
function ofLeaks({ lastCheck }, figureOf) {
  const leaks = lastCheck?.leaks.slice(0, MAX_LEAKS) ?? []
  return leaks.map((leak) => ({ labels: labelsOf(leak), value: figureOf(leak) }))
}

/** A value that may not be known yet. */
function known(value) {
  return value === null || value === undefined ? [] : [{ labels: {}, value }]
}

/** By leaks and by what grows outside the heap. */
function growthOf({ leaks, native }) {
  const inHeap = leaks.reduce((sum, { growth }) => sum + growth.bytesPerHour, 0)
  return inHeap + (native?.bytesPerHour ?? 0)
}

/**
 * @typedef {object} Metric
 * @property {string} name words with dots between, the unit not among them
 * @property {'gauge' | 'counter'} kind
 * @property {string} unit as UCUM has it, which OpenTelemetry asks for
 * @property {string} help
 * @property {(status: object) => { labels: Record<string, string>, value: number }[]} read
 */

/** @type {readonly Metric[]} */
const METRICS = Object.freeze([
  {
    name: 'memory.floor',
    kind: 'gauge',
    unit: 'By',
    help: 'Lowest used heap since the last capture.',
    read: ({ floorBytes }) => known(floorBytes)
  },
  {
    name: 'growth',
    kind: 'gauge',
    unit: 'By/h',
    help: 'Growth of all confirmed leaks, and of native memory where that grows.',
    read: ({ lastCheck }) => known(lastCheck && growthOf(lastCheck))
  },
  {
    name: 'leaks.confirmed',
    kind: 'gauge',
    unit: '{leak}',
    help: 'Leaks confirmed at the last check.',
    read: ({ lastCheck }) => known(lastCheck?.leaks.length)
  },
  {
    name: 'leak.growth',
    kind: 'gauge',
    unit: 'By/h',
    help: `Growth of one leak; at most ${MAX_LEAKS} at a time, the worst.`,
    read: (status) => ofLeaks(status, ({ growth }) => growth.bytesPerHour)
  },
  {
    name: 'leak.retained',
    kind: 'gauge',
    unit: 'By',
    help: 'What the container of one leak keeps alive.',
    read: (status) => ofLeaks(status, ({ container }) => container.retainedBytes)
  },
  {
    name: 'last_check',
    kind: 'gauge',
    unit: 's',
    help: 'When the last check ended, in seconds since 1970.',
    read: ({ lastCheck }) => known(lastCheck && Date.parse(lastCheck.at) / MS_PER_SECOND)
  },
  {
    name: 'leak.events',
    kind: 'counter',
    unit: '{event}',
    help: 'Leaks that were announced; a known one again after its cool-down.',
    read: ({ leaks }) => known(leaks)
  },
  {
    name: 'leak.resolved',
    kind: 'counter',
    unit: '{event}',
    help: 'Leaks that were announced and have ended.',
    read: ({ resolved }) => known(resolved)
  },
  {
    name: 'captures',
    kind: 'counter',
    unit: '{capture}',
    help: 'Rounds that took a snapshot.',
    read: ({ captures }) => known(captures)
  },
  {
    name: 'pause',
    kind: 'counter',
    unit: 's',
    help: 'Event-loop stall of all captures together.',
    read: ({ pauseMs }) => known(pauseMs / MS_PER_SECOND)
  },
  {
    name: 'skips',
    kind: 'counter',
    unit: '{skip}',
    help: 'Rounds that were skipped, by code.',
    read: ({ skips }) => Object.entries(skips).map(([code, value]) => ({ labels: { code }, value }))
  }
])

module.exports = { METRICS, labelsOf }
