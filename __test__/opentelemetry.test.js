'use strict'

/** The figures and leaks in the real SDKs of OpenTelemetry. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const api = require('@opentelemetry/api')
const { logs } = require('@opentelemetry/api-logs')
const {
  InMemoryLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor
} = require('@opentelemetry/sdk-logs')
const { MeterProvider, MetricReader } = require('@opentelemetry/sdk-metrics')
const {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor
} = require('@opentelemetry/sdk-trace-base')
const { LeakDetector } = require('seep')
const { instrument } = require('seep/opentelemetry')
const { Watched, leak } = require('./fixtures/watched')
const { evaluate } = require('./support/program')

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}

  /** Every metric by name: its descriptor and its points. */
  async read() {
    const { resourceMetrics, errors } = await this.collect()
    assert.deepEqual(errors, [])
    const metrics = resourceMetrics.scopeMetrics.flatMap(({ scope, metrics }) => {
      assert.equal(scope.name, 'seep')
      return metrics
    })
    return new Map(metrics.map((metric) => [metric.descriptor.name, metric]))
  }
}

function observed(options = {}) {
  const detector = new Watched()
  const reader = new Reader()
  const meterProvider = new MeterProvider({ readers: [reader] })
  const end = instrument(detector, { meterProvider, leaks: 'none', ...options })
  return { detector, reader, end }
}

const pointsOf = (metric) => metric.dataPoints.map(({ attributes, value }) => [attributes, value])

describe('instrument()', () => {
  it('observes what the detector knows', async () => {
    const { reader } = observed()
    const metrics = await reader.read()
    assert.deepEqual(
      Object.fromEntries(
        [...metrics].map(([name, { descriptor }]) => [name, [descriptor.type, descriptor.unit]])
      ),
      {
        'seep.memory.floor': ['OBSERVABLE_GAUGE', 'By'],
        'seep.growth': ['OBSERVABLE_GAUGE', 'By/h'],
        'seep.leaks.confirmed': ['OBSERVABLE_GAUGE', '{leak}'],
        'seep.leak.growth': ['OBSERVABLE_GAUGE', 'By/h'],
        'seep.leak.retained': ['OBSERVABLE_GAUGE', 'By'],
        'seep.last_check': ['OBSERVABLE_GAUGE', 's'],
        'seep.leak.events': ['OBSERVABLE_COUNTER', '{event}'],
        'seep.leak.resolved': ['OBSERVABLE_COUNTER', '{event}'],
        'seep.captures': ['OBSERVABLE_COUNTER', '{capture}'],
        'seep.pause': ['OBSERVABLE_COUNTER', 's'],
        'seep.skips': ['OBSERVABLE_COUNTER', '{skip}'],
        'v8js.memory.heap.used': ['OBSERVABLE_UP_DOWN_COUNTER', 'By']
      }
    )
    assert.deepEqual(pointsOf(metrics.get('seep.memory.floor')), [[{}, 7_000_000]])
    assert.deepEqual(pointsOf(metrics.get('seep.pause')), [[{}, 1.5]])
    assert.deepEqual(pointsOf(metrics.get('seep.skips')), [
      [{ 'seep.skip.code': 'GATE_CLOSED' }, 4],
      [{ 'seep.skip.code': 'ERR_CAPTURE_BUSY' }, 1]
    ])
    assert.deepEqual(pointsOf(metrics.get('seep.leak.growth'))[0], [
      {
        'seep.leak.fingerprint': 'aa11',
        'seep.leak.kind': 'collection',
        'seep.leak.items': 'Session',
        'seep.leak.container': 'sessions'
      },
      3000
    ])
    const spaces = pointsOf(metrics.get('v8js.memory.heap.used'))
    const old = spaces.find(([attributes]) => attributes['v8js.heap.space.name'] === 'old_space')
    assert.ok(old[1] > 100_000)
  })

  it('observes the memory by part and kind', async () => {
    const { detector, reader } = observed()
    const native = { kind: 'threads', isGrowth: true, bytesPerHour: 7 }
    Object.assign(detector.figures, { memory: { parts: { heapBytes: 10 }, group: null }, native })
    const metrics = await reader.read()
    assert.deepEqual(pointsOf(metrics.get('seep.memory.part')), [
      [{ 'seep.memory.part': 'heap' }, 10]
    ])
    assert.deepEqual(pointsOf(metrics.get('seep.native.growth')), [
      [{ 'seep.native.kind': 'threads' }, 7]
    ])
    assert.ok(!metrics.has('seep.memory.limit'))
  })

  it('leaves the heap to others where asked', async () => {
    const { reader } = observed({ heapSpaces: false })
    assert.ok(!(await reader.read()).has('v8js.memory.heap.used'))
  })

  it('observes nothing after its end, nor after the detector has stopped', async () => {
    for (const how of ['end', 'stop']) {
      const { detector, reader, end } = observed()
      if (how === 'end') end()
      else detector.emit('stop')
      const metrics = await reader.read()
      assert.deepEqual([...metrics.values()].flatMap(pointsOf), [])
      assert.deepEqual(detector.eventNames(), [])
    }
  })

  it('writes each leak as a log record', () => {
    const exporter = new InMemoryLogRecordExporter()
    const loggerProvider = new LoggerProvider({
      processors: [new SimpleLogRecordProcessor({ exporter })]
    })
    const { detector, end } = observed({ loggerProvider, leaks: undefined })
    const found = leak('aa11', 3000)
    detector.emit('leak', found)
    end()
    detector.emit('leak', found)
    const [record, ...more] = exporter.getFinishedLogRecords()
    assert.deepEqual(more, [])
    assert.equal(record.eventName, 'seep.leak')
    assert.equal(record.severityText, 'WARN')
    assert.equal(record.severityNumber, 13)
    assert.equal(record.body, found.title)
    assert.deepEqual(record.attributes, {
      'seep.leak.fingerprint': 'aa11',
      'seep.leak.kind': 'collection',
      'seep.leak.items': 'Session',
      'seep.leak.container': 'sessions',
      'seep.leak.path': found.pathText,
      'seep.leak.advice': found.advice,
      'seep.leak.growth': 3000,
      'seep.leak.retained': 5000,
      'code.file.path': '/app/server.js',
      'code.line.number': 12
    })
  })

  it('writes the end of a leak as a log record, too', () => {
    const exporter = new InMemoryLogRecordExporter()
    const loggerProvider = new LoggerProvider({
      processors: [new SimpleLogRecordProcessor({ exporter })]
    })
    const { detector, end } = observed({ loggerProvider, leaks: undefined })
    detector.emit('resolved', leak('aa11', 3000))
    end()
    detector.emit('resolved', leak('aa11', 3000))
    const [record, ...more] = exporter.getFinishedLogRecords()
    assert.deepEqual(more, [])
    assert.deepEqual([record.eventName, record.severityNumber], ['seep.resolved', 9])
    assert.equal(record.attributes['seep.leak.fingerprint'], 'aa11')
  })

  it('or as an event on a span of its own', () => {
    const exporter = new InMemorySpanExporter()
    const tracerProvider = new BasicTracerProvider({
      spanProcessors: [new SimpleSpanProcessor(exporter)]
    })
    const { detector } = observed({ tracerProvider, leaks: undefined })
    const { container, ...found } = leak('aa11', 3000)
    detector.emit('leak', { ...found, container: { ...container, location: null } })
    const [span] = exporter.getFinishedSpans()
    assert.equal(span.name, 'seep.leak')
    assert.equal(span.parentSpanContext, undefined)
    assert.equal(span.events[0].name, 'seep.leak')
    assert.equal(span.events[0].attributes['seep.leak.title'], found.title)
    assert.ok(!('code.file.path' in span.events[0].attributes))
  })

  it('finds the providers that the program registered', async () => {
    const reader = new Reader()
    const exporter = new InMemoryLogRecordExporter()
    api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
    logs.setGlobalLoggerProvider(
      new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
    )
    const detector = new LeakDetector().start()
    instrument(detector)
    assert.ok(pointsOf((await reader.read()).get('seep.memory.floor'))[0][1] > 1_000_000)
    detector.emit('leak', leak('aa11', 3000))
    assert.equal(exporter.getFinishedLogRecords().length, 1)
    await detector.stop()
    assert.deepEqual(detector.eventNames(), [])
    detector.status = () => assert.fail('still asked')
    await reader.read()
    api.metrics.disable()
    logs.disable()
  })

  it('says what it takes', () => {
    const detector = new Watched()
    assert.throws(() => instrument(), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(() => instrument(detector, { leaks: 'smoke' }), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.throws(() => instrument(detector, { leak: 'log' }), { code: 'ERR_INVALID_ARG_VALUE' })
    for (const options of [null, { heapSpaces: 1 }, { leaks: 1 }, { meterProvider: {} }]) {
      assert.throws(() => instrument(detector, options), { code: 'ERR_INVALID_ARG_TYPE' })
    }
  })

  it('says which package is missing', async () => {
    const { value } = await evaluate(`
      const Module = require('node:module')
      const resolve = Module._resolveFilename
      Module._resolveFilename = function (name, ...rest) {
        if (!name.startsWith('@opentelemetry/')) return resolve.call(this, name, ...rest)
        throw Object.assign(new Error('no ' + name), { code: 'MODULE_NOT_FOUND' })
      }
      const { instrument } = require('seep/opentelemetry')
      const detector = require('seep').start()
      const codeOf = (options) => {
        try { instrument(detector, options) } catch (error) { return [error.code, error.message] }
      }
      console.log(JSON.stringify([codeOf(), codeOf({ leaks: 'log' }), detector.eventNames()]))`)
    const [first, second, left] = value
    assert.equal(first[0], 'ERR_MISSING_PEER')
    assert.match(first[1], /needs @opentelemetry\/api, or the option "meterProvider"/)
    assert.equal(second[0], 'ERR_MISSING_PEER')
    assert.deepEqual(left, [])
  })

  it('keeps no process alive, and does nothing when seep is switched off', async () => {
    const source = `
      const detector = require('seep').start()
      require('seep/opentelemetry').instrument(detector)
      console.log(JSON.stringify(detector.eventNames()))`
    assert.deepEqual((await evaluate(source)).value, ['leak', 'resolved', 'stop'])
    assert.deepEqual((await evaluate(source, { env: { SEEP_ENABLED: '0' } })).value, [])
  })
})
