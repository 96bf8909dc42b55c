'use strict'

/**
 * Adds a detector's metrics to a `prom-client` registry, as `seep_*`.
 *
 * A registry only needs a metric to have a name and a `get()` method, so this
 * file does not need prom-client. Values are computed when the registry is scraped.
 */

const { invalidType } = require('./lib/errors')
const { PROMETHEUS_OPTIONS } = require('./lib/integration-options')
const { METRICS, prometheusName } = require('./lib/metrics')
const { completeOptions } = require('./lib/options')

/** A metric in the form that prom-client's registries expect. */
class RegistryMetric {
  #detector
  #read

  constructor(metric, detector, prefix) {
    this.name = prometheusName(metric, prefix)
    this.help = metric.help
    this.type = metric.kind
    /** How the values of a cluster's workers are combined. */
    this.aggregator = metric.name === 'last_check' ? 'max' : 'sum'
    this.#detector = detector
    this.#read = metric.read
  }

  async get() {
    const { name, help, type, aggregator } = this
    return { name, help, type, aggregator, values: this.#read(this.#detector.status()) }
  }

  /** Does nothing, because the values belong to the detector. */
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
 * @returns {() => void} removes the metrics
 */
function registerMetrics(detector, registry, options = {}) {
  if (typeof detector?.status !== 'function') {
    throw invalidType('The detector', 'a LeakDetector', detector)
  }
  if (!isRegistry(registry)) {
    // The most likely mistake is to pass the module instead of its register.
    const hint = isRegistry(registry?.register) ? ', such as its property register' : ''
    throw invalidType('The registry', `a prom-client Registry${hint}`, registry)
  }
  const { prefix } = completeOptions(PROMETHEUS_OPTIONS, options)
  if (!detector.enabled) return () => {}
  const registered = []
  const unregister = () => {
    detector.off('stop', unregister)
    // The registry may have been cleared and the name reused.
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
