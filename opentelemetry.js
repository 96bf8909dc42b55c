'use strict'

/**
 * Reports a detector's metrics as OpenTelemetry instruments, and each leak as a
 * log record or, without a logger, as an event on a span.
 *
 * `@opentelemetry/api` is an optional peer dependency: it is loaded only if a
 * provider is not given.
 */

const v8 = require('node:v8')
const { whereToLook } = require('./lib/describe')
const { invalidType, withCode } = require('./lib/errors')
const { OPENTELEMETRY_OPTIONS } = require('./lib/integration-options')
const { METRICS, labelsOf } = require('./lib/metrics')
const { completeOptions } = require('./lib/options')
const { version } = require('./package.json')

const SCOPE = 'seep'
/** OpenTelemetry's names and numbers of severities. */
const INFO = { severityNumber: 9, severityText: 'INFO' }
const WARN = { severityNumber: 13, severityText: 'WARN' }

/** The semantic conventions' name for the used size of a V8 heap space. */
const HEAP_USED = 'v8js.memory.heap.used'

function load(name) {
  try {
    return require(name)
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return null
    throw error
  }
}

/** Returns the given provider, or else the one that the program registered globally. */
function providerOf(given, what, packageName, globally) {
  if (given !== null) return given
  const api = load(packageName)
  if (api !== null) return globally(api)
  const error = new Error(`seep/opentelemetry needs ${packageName}, or the option "${what}"`)
  throw withCode(error, 'ERR_MISSING_PEER')
}

/** Returns labels as attributes in seep's own namespace. */
function attributesOf(labels, namespace = 'seep.leak') {
  const named = Object.entries(labels).map(([name, value]) => [`${namespace}.${name}`, value])
  return Object.fromEntries(named)
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

/** @returns {() => void} stops observing */
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
        result.observe(instruments[i], value, attributesOf(labels, metric.namespace))
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

/** Returns a function that reports a leak under an event name and with a severity, or null if leaks are not reported. */
function reporter(leaks, options) {
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
    // A leak belongs to no request, so it gets a trace of its own.
    const span = tracer.startSpan(name, { root: true })
    span.addEvent(name, { 'seep.leak.title': leak.title, ...describeLeak(leak) })
    span.end()
  }
}

/** Returns the listeners by event. */
function listenersOf(report) {
  if (report === null) return {}
  return {
    leak: (leak) => report('seep.leak', WARN, leak),
    resolved: (leak) => report('seep.resolved', INFO, leak)
  }
}

/** Returns 'log' if the program has a logger, else 'span'. */
function defaultLeaks({ loggerProvider, tracerProvider }) {
  if (loggerProvider !== null) return 'log'
  if (tracerProvider !== null) return 'span'
  return load('@opentelemetry/api-logs') === null ? 'span' : 'log'
}

/**
 * Documented in opentelemetry.d.ts.
 *
 * @param {import('./index').LeakDetector} detector
 * @param {import('./opentelemetry').InstrumentOptions} [given]
 * @returns {() => void} ends the instrumentation
 */
function instrument(detector, given = {}) {
  if (typeof detector?.status !== 'function') {
    throw invalidType('The detector', 'a LeakDetector', detector)
  }
  const options = completeOptions(OPENTELEMETRY_OPTIONS, given)
  if (!detector.enabled) return () => {}
  const provider = providerOf(
    options.meterProvider,
    'meterProvider',
    '@opentelemetry/api',
    ({ metrics }) => metrics.getMeterProvider()
  )
  const listeners = Object.entries(
    listenersOf(reporter(options.leaks ?? defaultLeaks(options), options))
  )
  const unobserve = observe(detector, provider.getMeter(SCOPE, version), options.heapSpaces)
  for (const [event, listener] of listeners) detector.on(event, listener)
  const end = () => {
    unobserve()
    for (const [event, listener] of listeners) detector.off(event, listener)
    detector.off('stop', end)
  }
  detector.once('stop', end)
  return end
}

module.exports = { instrument }
