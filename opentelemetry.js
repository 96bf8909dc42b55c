'use strict'

/**
 * A detector's figures as OpenTelemetry instruments, and each leak as a log
 * record or, where there are no logs, as an event on a span.
 *
 * `@opentelemetry/api` is an optional peer: it is looked for only when a
 * provider is not given.
 */

const v8 = require('node:v8')
const { whereToLook } = require('./lib/describe')
const { invalidType, withCode } = require('./lib/errors')
const { METRICS, labelsOf } = require('./lib/metrics')
const { checkNames, checkedValue } = require('./lib/options')
const types = require('./lib/option-types')
const { version } = require('./package.json')

const SCOPE = 'seep'
/** OpenTelemetry's names and numbers of severities. */
const INFO = { severityNumber: 9, severityText: 'INFO' }
const WARN = { severityNumber: 13, severityText: 'WARN' }

/** What a provider must be able to do. */
const PROVIDERS = {
  meterProvider: 'getMeter',
  tracerProvider: 'getTracer',
  loggerProvider: 'getLogger'
}

/** The semantic conventions' name for what a V8 heap space uses. */
const HEAP_USED = 'v8js.memory.heap.used'

function load(name) {
  try {
    return require(name)
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

/** What was given, else what the program registered globally. */
function providerOf(given, what, packageName, globally) {
  if (given !== undefined) return given
  const api = load(packageName)
  if (api !== null) return globally(api)
  const error = new Error(`seep/opentelemetry needs ${packageName}, or the option "${what}"`)
  throw withCode(error, 'ERR_MISSING_PEER')
}

/** Attributes in our own namespace; the place in the words of the conventions. */
function attributesOf(labels) {
  const attributes = {}
  for (const [name, value] of Object.entries(labels)) {
    attributes[name === 'code' ? 'seep.skip.code' : `seep.leak.${name}`] = value
  }
  return attributes
}

function describeLeak(leak) {
  const attributes = {
    ...attributesOf(labelsOf(leak)),
    'seep.leak.path': leak.pathText,
    'seep.leak.advice': leak.advice,
    'seep.leak.growth': leak.growth.bytesPerHour,
    'seep.leak.retained': leak.container.retainedBytes
  }
  const { file, line } = whereToLook(leak) ?? {}
  if (file) attributes['code.file.path'] = file
  if (line) attributes['code.line.number'] = line
  return attributes
}

/** @returns {() => void} ends it */
function observe(detector, meter, withHeapSpaces) {
  const instruments = METRICS.map((metric) => {
    const create = metric.kind === 'counter' ? 'createObservableCounter' : 'createObservableGauge'
    return meter[create](`seep.${metric.name}`, { description: metric.help, unit: metric.unit })
  })
  const heap = withHeapSpaces
    ? meter.createObservableUpDownCounter(HEAP_USED, {
        description: 'Heap Memory size allocated.',
        unit: 'By'
      })
    : null
  const all = heap === null ? instruments : [...instruments, heap]
  const read = (result) => {
    const status = detector.status()
    for (const [i, metric] of METRICS.entries()) {
      for (const { labels, value } of metric.read(status)) {
        result.observe(instruments[i], value, attributesOf(labels))
      }
    }
    if (heap === null) return
    for (const { space_name, space_used_size } of v8.getHeapSpaceStatistics()) {
      result.observe(heap, space_used_size, { 'v8js.heap.space.name': space_name })
    }
  }
  meter.addBatchObservableCallback(read, all)
  return () => meter.removeBatchObservableCallback(read, all)
}

/** What to do with a leak, given how it is named and how severe it is; or null. */
function teller(leaks, options) {
  const { loggerProvider, tracerProvider } = options
  if (leaks === 'none') return null
  if (leaks === 'log') {
    const provider = providerOf(
      loggerProvider,
      'loggerProvider',
      '@opentelemetry/api-logs',
      ({ logs }) => logs.getLoggerProvider()
    )
    const logger = provider.getLogger(SCOPE, version)
    return (name, severity, leak) =>
      logger.emit({
        eventName: name,
        ...severity,
        body: leak.title,
        attributes: describeLeak(leak)
      })
  }
  const provider = providerOf(tracerProvider, 'tracerProvider', '@opentelemetry/api', ({ trace }) =>
    trace.getTracerProvider()
  )
  const tracer = provider.getTracer(SCOPE, version)
  return (name, _severity, leak) => {
    // A leak belongs to no request, so it is a trace of its own.
    const span = tracer.startSpan(name, { root: true })
    span.addEvent(name, { 'seep.leak.title': leak.title, ...describeLeak(leak) })
    span.end()
  }
}

/** By event. */
function listenersOf(tell) {
  if (tell === null) return {}
  return {
    leak: (leak) => tell('seep.leak', WARN, leak),
    resolved: (leak) => tell('seep.resolved', INFO, leak)
  }
}

/** A log where the program has logs, a span otherwise. */
function defaultLeaks({ loggerProvider, tracerProvider }) {
  if (loggerProvider !== undefined) return 'log'
  if (tracerProvider !== undefined) return 'span'
  return load('@opentelemetry/api-logs') === null ? 'span' : 'log'
}

/**
 * Documented in opentelemetry.d.ts.
 *
 * @param {import('./index').LeakDetector} detector
 * @param {{ meterProvider?: object, tracerProvider?: object, loggerProvider?: object, leaks?: 'log' | 'span' | 'none',
 *   heapSpaces?: boolean }} [options]
 * @returns {() => void} ends it
 */
function instrument(detector, options = {}) {
  if (typeof detector?.status !== 'function') {
    throw invalidType('The detector', 'a LeakDetector', detector)
  }
  checkNames(options, [...Object.keys(PROVIDERS), 'leaks', 'heapSpaces'])
  for (const [name, method] of Object.entries(PROVIDERS)) {
    const provider = options[name]
    if (provider !== undefined && typeof provider?.[method] !== 'function') {
      throw invalidType(`The option "${name}"`, `an object with a ${method}() method`, provider)
    }
  }
  const { leaks = defaultLeaks(options), heapSpaces = true } = options
  checkedValue('leaks', types.oneOf('log', 'span', 'none'), leaks)
  checkedValue('heapSpaces', types.boolean(), heapSpaces)
  if (!detector.enabled) return () => {}
  const provider = providerOf(
    options.meterProvider,
    'meterProvider',
    '@opentelemetry/api',
    ({ metrics }) => metrics.getMeterProvider()
  )
  const listeners = Object.entries(listenersOf(teller(leaks, options)))
  const unobserve = observe(detector, provider.getMeter(SCOPE, version), heapSpaces)
  for (const [event, tell] of listeners) detector.on(event, tell)
  const end = () => {
    unobserve()
    for (const [event, tell] of listeners) detector.off(event, tell)
    detector.off('stop', end)
  }
  detector.once('stop', end)
  return end
}

module.exports = { instrument }
