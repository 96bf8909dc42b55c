import type { LeakDetector } from './index'

/** The methods of a `prom-client` registry (version 14 or newer) that seep uses. */
export interface MetricRegistry {
  // biome-ignore lint/suspicious/noExplicitAny: prom-client's own class; nothing of it is needed here
  registerMetric(metric: any): void
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
}

export interface PrometheusOptions {
  /**
   * Prefix of the metric names.
   *
   * @default 'seep_'
   */
  prefix?: string | undefined
}

/**
 * Adds the detector's metrics to a registry of `prom-client`. They are read when the registry is scraped, and cost nothing
 * between scrapes. Returns a function that removes them; they are also removed when the detector stops. Does nothing if the
 * detector is disabled.
 *
 * | metric                              | type    | labels                                      |
 * | ----------------------------------- | ------- | ------------------------------------------- |
 * | `seep_memory_floor_bytes`           | gauge   |                                             |
 * | `seep_memory_part_bytes`            | gauge   | `part`                                      |
 * | `seep_memory_limit_bytes`           | gauge   |                                             |
 * | `seep_memory_working_set_bytes`     | gauge   |                                             |
 * | `seep_memory_exhaustion_seconds`    | gauge   |                                             |
 * | `seep_native_growth_bytes_per_hour` | gauge   | `kind`                                      |
 * | `seep_growth_bytes_per_hour`        | gauge   |                                             |
 * | `seep_leaks_confirmed`              | gauge   |                                             |
 * | `seep_leak_growth_bytes_per_hour`   | gauge   | `fingerprint`, `kind`, `items`, `container` |
 * | `seep_leak_retained_bytes`          | gauge   | `fingerprint`, `kind`, `items`, `container` |
 * | `seep_last_check_timestamp_seconds` | gauge   |                                             |
 * | `seep_leak_events_total`            | counter |                                             |
 * | `seep_leak_resolved_total`          | counter |                                             |
 * | `seep_captures_total`               | counter |                                             |
 * | `seep_pause_seconds_total`          | counter |                                             |
 * | `seep_allocation_samples_total`     | counter |                                             |
 * | `seep_allocation_cpu_seconds_total` | counter |                                             |
 * | `seep_skips_total`                  | counter | `code`                                      |
 *
 * Only the 20 worst leaks are listed at a time.
 *
 * @example
 * const { register } = require('prom-client')
 * registerMetrics(detector, register)
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: no detector, no registry, or an option of the wrong type; `ERR_INVALID_ARG_VALUE`: an
 *   unknown option
 * @throws {RangeError} `ERR_INVALID_ARG_VALUE`: a prefix that a metric name cannot begin with
 * @throws {Error} from the registry, if it already has a metric of the same name; none is registered then
 */
export declare function registerMetrics(
  detector: LeakDetector,
  registry: MetricRegistry,
  options?: PrometheusOptions
): () => void
