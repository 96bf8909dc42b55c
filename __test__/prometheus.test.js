'use strict'

/** The figures in a registry of the real prom-client. */

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { AggregatorRegistry, Gauge, Registry } = require('prom-client')
const { LeakDetector } = require('seep')
const { registerMetrics } = require('seep/prometheus')
const { Watched, leak } = require('./fixtures/watched')
const { evaluate } = require('./support/program')

function registered(options) {
  const detector = new Watched()
  const registry = new Registry()
  const unregister = registerMetrics(detector, registry, options)
  return { detector, registry, unregister }
}

/** The samples of an exposition, without help and types. */
const samples = (text) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('registerMetrics()', () => {
  it('exposes what the detector knows, under the names that Prometheus wants', async () => {
    const { registry } = registered()
    const labels = (id) =>
      `{fingerprint="${id}",kind="collection",items="Session",container="sessions"}`
    assert.deepEqual(samples(await registry.metrics()), [
      'seep_memory_floor_bytes 7000000',
      'seep_growth_bytes_per_hour 4000',
      'seep_leaks_confirmed 2',
      `seep_leak_growth_bytes_per_hour${labels('aa11')} 3000`,
      `seep_leak_growth_bytes_per_hour${labels('bb22')} 1000`,
      `seep_leak_retained_bytes${labels('aa11')} 5000`,
      `seep_leak_retained_bytes${labels('bb22')} 5000`,
      'seep_last_check_timestamp_seconds 1767323045',
      'seep_leak_events_total 3',
      'seep_leak_resolved_total 1',
      'seep_captures_total 9',
      'seep_pause_seconds_total 1.5',
      'seep_skips_total{code="GATE_CLOSED"} 4',
      'seep_skips_total{code="ERR_CAPTURE_BUSY"} 1'
    ])
    assert.match(await registry.metrics(), /^# TYPE seep_captures_total counter$/m)
  })

  it('says nothing of what is not known yet', async () => {
    const { detector, registry } = registered()
    Object.assign(detector.figures, { floorBytes: null, lastCheck: null, skips: {} })
    assert.deepEqual(samples(await registry.metrics()), [
      'seep_leak_events_total 3',
      'seep_leak_resolved_total 1',
      'seep_captures_total 9',
      'seep_pause_seconds_total 1.5'
    ])
  })

  it('exposes the account of the memory, and when it runs out', async () => {
    const { detector, registry } = registered()
    const parts = {
      heapBytes: 10,
      arrayBuffersBytes: 4,
      allocatedBytes: null,
      unattributedBytes: 0
    }
    const group = { limitBytes: 1000, workingSetBytes: 20 }
    const native = { kind: 'array-buffers', isGrowth: true, bytesPerHour: 7 }
    const exhaustion = { leftMs: 90_000 }
    Object.assign(detector.figures, { memory: { parts, group }, native, exhaustion })
    const told = samples(await registry.metrics())
    for (const line of [
      'seep_memory_part_bytes{part="heap"} 10',
      'seep_memory_part_bytes{part="array_buffers"} 4',
      'seep_memory_part_bytes{part="unattributed"} 0',
      'seep_memory_limit_bytes 1000',
      'seep_memory_working_set_bytes 20',
      'seep_memory_exhaustion_seconds 90',
      'seep_native_growth_bytes_per_hour{kind="array-buffers"} 7'
    ]) {
      assert.ok(told.includes(line), line)
    }
    assert.ok(!told.some((line) => line.includes('"allocated"')))
    const waiting = { ...native, kind: 'waiting', isGrowth: false }
    Object.assign(detector.figures, { native: waiting, exhaustion: { leftMs: null } })
    const now = await registry.metrics()
    assert.doesNotMatch(now, /^seep_(native_growth|memory_exhaustion)\w*[ {]/m)
  })

  it('reads at every scrape anew, native growth included', async () => {
    const { detector, registry } = registered()
    const native = { bytesPerHour: 500 }
    Object.assign(detector.figures.lastCheck, { verdict: 'native-growth', leaks: [], native })
    const first = await registry.getSingleMetricAsString('seep_growth_bytes_per_hour')
    assert.match(first, / 500$/)
    detector.figures.lastCheck = {
      verdict: 'healthy',
      leaks: [],
      native: null,
      at: '2026-01-02T03:04:05.000Z'
    }
    const second = await registry.getSingleMetricAsString('seep_growth_bytes_per_hour')
    assert.match(second, / 0$/)
    assert.ok(!(await registry.metrics()).includes('fingerprint'))
  })

  it('names at most 20 leaks, the worst, and cuts long names', async () => {
    const { detector, registry } = registered()
    const many = Array.from({ length: 50 }, (_, i) => leak(`id${i}`, 5000 - i))
    many[0].items.className = 'x'.repeat(5000)
    detector.figures.lastCheck.leaks = many
    const { values } = await registry.getSingleMetric('seep_leak_growth_bytes_per_hour').get()
    assert.deepEqual(
      values.map(({ labels }) => labels.fingerprint),
      Array.from({ length: 20 }, (_, i) => `id${i}`)
    )
    assert.ok(values[0].labels.items.length <= 80)
    assert.match(await registry.getSingleMetricAsString('seep_leaks_confirmed'), / 50$/)
  })

  it('works with OpenMetrics, default labels and the aggregation over a cluster', async () => {
    const detector = new Watched()
    const registry = new Registry(Registry.OPENMETRICS_CONTENT_TYPE)
    registry.setDefaultLabels({ app: 'shop' })
    registerMetrics(detector, registry)
    assert.match(await registry.metrics(), /^seep_captures_total\{app="shop"\} 9$/m)

    const { registry: plain } = registered()
    const worker = await plain.getMetricsAsJSON()
    const sum = await AggregatorRegistry.aggregate([worker, structuredClone(worker)]).metrics()
    assert.match(sum, /^seep_captures_total 18$/m)
    assert.match(sum, /^seep_last_check_timestamp_seconds 1767323045$/m)
  })

  it('removes the metrics on request, and when the detector stops', async () => {
    const { detector, registry, unregister } = registered()
    unregister()
    assert.deepEqual(registry.getMetricsAsArray(), [])
    assert.equal(detector.listenerCount('stop'), 0)
    registerMetrics(detector, registry)
    detector.emit('stop')
    assert.deepEqual(registry.getMetricsAsArray(), [])
    assert.equal(detector.listenerCount('stop'), 0)
  })

  it("does not touch another's metric", () => {
    const { registry, unregister } = registered()
    registry.clear()
    const other = new Gauge({
      name: 'seep_growth_bytes_per_hour',
      help: 'h',
      registers: [registry]
    })
    unregister()
    assert.equal(registry.getSingleMetric(other.name), other)
  })

  it('registers nothing when a name is taken, and takes a prefix', () => {
    const detector = new Watched()
    const registry = new Registry()
    const other = new Gauge({ name: 'seep_captures_total', help: 'h', registers: [registry] })
    assert.throws(() => registerMetrics(detector, registry), /already been registered/)
    assert.deepEqual(registry.getMetricsAsArray(), [other])
    assert.equal(detector.listenerCount('stop'), 0)
    registerMetrics(detector, registry, { prefix: 'shop_seep_' })
    assert.ok(registry.getSingleMetric('shop_seep_captures_total'))
  })

  it('says what it takes', () => {
    const detector = new Watched()
    const wrong = { code: 'ERR_INVALID_ARG_TYPE' }
    assert.throws(() => registerMetrics(null, new Registry()), wrong)
    assert.throws(() => registerMetrics(detector, require('prom-client')), {
      ...wrong,
      message: /must be a prom-client Registry, such as its property register\./
    })
    assert.throws(() => registerMetrics(detector), wrong)
    assert.throws(() => registerMetrics(detector, { registerMetric() {} }), wrong)
    assert.throws(() => registerMetrics(detector, new Registry(), { prefix: 5 }), wrong)
    assert.throws(() => registerMetrics(detector, new Registry(), null), wrong)
    const bad = { code: 'ERR_INVALID_ARG_VALUE' }
    assert.throws(() => registerMetrics(detector, new Registry(), { prefix: 'a b' }), bad)
    assert.throws(() => registerMetrics(detector, new Registry(), { prefx: 'a_' }), {
      ...bad,
      message: /Unknown option "prefx"/
    })
  })

  it('goes with a detector that is stopped for real', async () => {
    const detector = new LeakDetector({ intervalMs: 60_000 }).start()
    const registry = new Registry()
    registerMetrics(detector, registry)
    assert.match(await registry.metrics(), /^seep_memory_floor_bytes \d{6,}$/m)
    await detector.stop()
    assert.deepEqual(registry.getMetricsAsArray(), [])
    assert.equal(detector.listenerCount('stop'), 0)
  })

  it('registers nothing for a detector that is switched off, and keeps no process alive', async () => {
    const source = `
      const { Registry } = require('prom-client')
      const registry = new Registry()
      require('seep/prometheus').registerMetrics(require('seep').start(), registry)
      console.log(registry.getMetricsAsArray().length)`
    assert.equal((await evaluate(source, { env: { SEEP_ENABLED: '0' } })).value, 0)
    assert.ok((await evaluate(source)).value > 5)
  })
})
