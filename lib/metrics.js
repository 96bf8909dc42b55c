'use strict'

/**
 * The metrics of a detector, for all monitoring systems: prometheus.js and
 * opentelemetry.js export them under their own names. `npm run options` generates the
 * tables in docs/api.md and prometheus.d.ts from this list.
 *
 * Values are read from `status()` on demand, so they cost nothing between two
 * scrapes: no timer, no listener, no copy.
 */

/** Maximum number of leaks that have series of their own: unbounded labels would be a leak themselves. */
const MAX_LEAKS = 20
/** Maximum length of a name in a label. */
const MAX_LABEL = 80

const MS_PER_SECOND = 1000

/** Shortens the middle of a long name, because both ends are informative. */
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

/** Returns one value for each of the worst leaks. */
function ofLeaks({ lastCheck }, figureOf) {
  const leaks = lastCheck?.leaks.slice(0, MAX_LEAKS) ?? []
  return leaks.map((leak) => ({ labels: labelsOf(leak), value: figureOf(leak) }))
}

/** Returns a value that may not be known yet. */
function known(value) {
  return value === null || value === undefined ? [] : [{ labels: {}, value }]
}

/** Returns the growth of all leaks, or of native memory if that is the verdict. */
function growthOf({ verdict, leaks, native }) {
  if (verdict === 'native-growth') return native.bytesPerHour
  return leaks.reduce((sum, { growth }) => sum + growth.bytesPerHour, 0)
}

/** Returns the parts of the memory that are known. */
function partsOf({ memory }) {
  const parts = Object.entries(memory?.parts ?? {}).filter(([, bytes]) => bytes !== null)
  return parts.map(([field, value]) => ({ labels: { part: partName(field) }, value }))
}

/** Returns the label of a field such as `arrayBuffersBytes`: `array_buffers`. */
function partName(field) {
  return field.replace(/Bytes$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Prometheus spells out the unit at the end of a name. */
const PROMETHEUS_UNITS = { By: 'bytes', 'By/h': 'bytes_per_hour', s: 'seconds' }
const PROMETHEUS_NAMES = { last_check: 'last_check_timestamp' }

/** Returns the name of a metric in Prometheus. */
function prometheusName({ name, kind, unit }, prefix) {
  const words = [(PROMETHEUS_NAMES[name] ?? name).replaceAll('.', '_')]
  if (unit in PROMETHEUS_UNITS) words.push(PROMETHEUS_UNITS[unit])
  if (kind === 'counter') words.push('total')
  return prefix + words.join('_')
}

/** Labels of the metrics that have one series per leak. */
const LEAK_LABELS = ['fingerprint', 'kind', 'items', 'container']

/**
 * @typedef {object} Metric
 * @property {string} name words separated by dots, without the unit
 * @property {'gauge' | 'counter'} kind
 * @property {string} unit in UCUM, as OpenTelemetry requires
 * @property {string[]} [labels]
 * @property {string} [namespace] of the labels in OpenTelemetry; that of leaks by default
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
    name: 'memory.part',
    kind: 'gauge',
    unit: 'By',
    labels: ['part'],
    namespace: 'seep.memory',
    help: 'Resident memory of the process by what it is; the parts add up to all of it.',
    read: partsOf
  },
  {
    name: 'memory.limit',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory limit of the control group; no series without one.',
    read: ({ memory }) => known(memory?.group?.limitBytes)
  },
  {
    name: 'memory.working_set',
    kind: 'gauge',
    unit: 'By',
    help: 'Memory in use in the control group, without page cache that can be dropped.',
    read: ({ memory }) => known(memory?.group?.workingSetBytes)
  },
  {
    name: 'memory.exhaustion',
    kind: 'gauge',
    unit: 's',
    help: 'Time until memory runs out at the present rate; no series while it does not grow.',
    read: ({ exhaustion }) =>
      known(exhaustion?.leftMs == null ? null : exhaustion.leftMs / MS_PER_SECOND)
  },
  {
    name: 'native.growth',
    kind: 'gauge',
    unit: 'By/h',
    labels: ['kind'],
    namespace: 'seep.native',
    help: 'Growth outside of the JavaScript heap, by kind.',
    read: ({ native }) =>
      native?.isGrowth ? [{ labels: { kind: native.kind }, value: native.bytesPerHour }] : []
  },
  {
    name: 'growth',
    kind: 'gauge',
    unit: 'By/h',
    help: 'Growth of all confirmed leaks, or of native memory if the verdict is native-growth.',
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
    labels: LEAK_LABELS,
    help: `Growth of one leak, for the ${MAX_LEAKS} worst leaks.`,
    read: (status) => ofLeaks(status, ({ growth }) => growth.bytesPerHour)
  },
  {
    name: 'leak.retained',
    kind: 'gauge',
    unit: 'By',
    labels: LEAK_LABELS,
    help: 'Retained size of the container of one leak.',
    read: (status) => ofLeaks(status, ({ container }) => container.retainedBytes)
  },
  {
    name: 'last_check',
    kind: 'gauge',
    unit: 's',
    help: 'Time at which the last check ended, in seconds since 1970.',
    read: ({ lastCheck }) => known(lastCheck && Date.parse(lastCheck.at) / MS_PER_SECOND)
  },
  {
    name: 'leak.events',
    kind: 'counter',
    unit: '{event}',
    help: 'Events for leaks; a known leak is counted again after its cool-down.',
    read: ({ leaks }) => known(leaks)
  },
  {
    name: 'leak.resolved',
    kind: 'counter',
    unit: '{event}',
    help: 'Events for leaks that have ended.',
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
    help: 'Total event-loop pause of all captures.',
    read: ({ pauseMs }) => known(pauseMs / MS_PER_SECOND)
  },
  {
    name: 'allocation.samples',
    kind: 'counter',
    unit: '{sample}',
    help: 'Allocations that V8 has sampled for seep.',
    read: ({ allocations }) => known(allocations?.samples)
  },
  {
    name: 'allocation.cpu',
    kind: 'counter',
    unit: 's',
    help: 'Estimated CPU time of these samples.',
    read: ({ allocations }) => known(allocations && allocations.cpuMs / MS_PER_SECOND)
  },
  {
    name: 'skips',
    kind: 'counter',
    unit: '{skip}',
    labels: ['code'],
    namespace: 'seep.skip',
    help: 'Rounds that were skipped, by code.',
    read: ({ skips }) => Object.entries(skips).map(([code, value]) => ({ labels: { code }, value }))
  }
])

module.exports = { METRICS, growthOf, labelsOf, prometheusName }
