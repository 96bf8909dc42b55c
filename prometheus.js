'use strict'

/**
 * A detector's figures in a `prom-client` registry, as `seep_*`.
 *
 * What a registry asks of a metric is a name and a `get()`, so prom-client
 * itself is not needed here: these are computed when the registry is scraped.
 */

const { invalidType } = require('./lib/errors')
const { METRICS } = require('./lib/metrics')
const { checkNames, checkedValue } = require('./lib/options')

/** Prometheus spells a unit out, at the end of the name. */
const UNITS = { By: 'bytes', 'By/h': 'bytes_per_hour', s: 'seconds' }
const NAMES = { last_check: 'last_check_timestamp' }
const PREFIX = {
  expected: 'the start of a metric name, such as seep_',
  accepts: (value) => typeof value === 'string',
  allows: (value) => /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(value)
}

function nameOf({ name, kind, unit }, prefix) {
  const words = [(NAMES[name] ?? name).replaceAll('.', '_')]
  if (unit in UNITS) words.push(UNITS[unit])
  if (kind === 'counter') words.push('total')
  return prefix + words.join('_')
}

/** A metric as registries of prom-client take them. */
class RegistryMetric {
  #detector
  #read

  constructor(metric, detector, prefix) {
    this.name = nameOf(metric, prefix)
    this.help = metric.help
    this.type = metric.kind
    /** How the figures of the workers of a cluster become one. */
    this.aggregator = metric.name === 'last_check' ? 'max' : 'sum'
    this.#detector = detector
    this.#read = metric.read
  }

  async get() {
    const { name, help, type, aggregator } = this
    return { name, help, type, aggregator, values: this.#read(this.#detector.status()) }
  }

  /** The figures are the detector's, not the registry's to reset. */
  reset() {}
}

function isRegistry(value) {
  const methods = ['registerMetric', 'getSingleMetric', 'removeSingleMetric']
  return methods.every((name) => typeof value?.[name] === 'function')
}

/**
 * Documented in prometheus.d.ts.
 *
 * @param {import('./index').LeakDetector} detector
 * @param {object} registry
 * @param {{ prefix?: string }} [options]
 * @returns {() => void} takes the metrics out again
 */
function registerMetrics(detector, registry, options = {}) {
  if (typeof detector?.status !== 'function') {
    throw invalidType('The detector', 'a LeakDetector', detector)
  }
  if (!isRegistry(registry)) {
    // The module in place of what is in it is the likeliest mistake.
    const hint = isRegistry(registry?.register) ? ', such as its property register' : ''
    throw invalidType('The registry', `a prom-client Registry${hint}`, registry)
  }
  checkNames(options, ['prefix'])
  const { prefix = 'seep_' } = options
  checkedValue('prefix', PREFIX, prefix)
  if (!detector.enabled) return () => {}
  const registered = []
  const unregister = () => {
    detector.off('stop', unregister)
    // The registry may have been cleared, and the name given to another.
    for (const metric of registered.splice(0)) {
      if (registry.getSingleMetric(metric.name) === metric) registry.removeSingleMetric(metric.name)
    }
  }
  try {
    for (const metric of METRICS) {
      const entry = new RegistryMetric(metric, detector, prefix)
      registry.registerMetric(entry)
      registered.push(entry)
    }
  } catch (error) {
    unregister()
    throw error
  }
  detector.once('stop', unregister)
  return unregister
}

module.exports = { registerMetrics }
