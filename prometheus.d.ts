import type { LeakDetector } from './index'

/** What is used of a `prom-client` registry (version 14 or newer). */
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
 * Puts the detector's figures into a registry of `prom-client`. They are read when the registry is scraped; between
 * scrapes they cost nothing. They leave the registry when the detector stops, or when the function that this returns
 * is called. Does nothing for a detector that is disabled.
 *
 * | metric                              | type    | labels                                      |
 * | ----------------------------------- | ------- | ------------------------------------------- |
 * | `seep_memory_floor_bytes`           | gauge   |                                             |
 * | `seep_growth_bytes_per_hour`        | gauge   |                                             |
 * | `seep_leaks_confirmed`              | gauge   |                                             |
 * | `seep_leak_growth_bytes_per_hour`   | gauge   | `fingerprint`, `kind`, `items`, `container` |
 * | `seep_leak_retained_bytes`          | gauge   | `fingerprint`, `kind`, `items`, `container` |
 * | `seep_last_check_timestamp_seconds` | gauge   |                                             |
 * | `seep_leak_events_total`            | counter |                                             |
 * | `seep_leak_resolved_total`          | counter |                                             |
 * | `seep_captures_total`               | counter |                                             |
 * | `seep_pause_seconds_total`          | counter |                                             |
 * | `seep_skips_total`                  | counter | `code`                                      |
 *
 * At most 20 leaks, the worst, are named at a time.
 *
 * @example
 * const { register } = require('prom-client')
 * registerMetrics(detector, register)
 *
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: no detector, no registry, or an option of the wrong type; `ERR_INVALID_ARG_VALUE`: an
 *   unknown option
 * @throws {RangeError} `ERR_INVALID_ARG_VALUE`: a prefix that no metric's name can begin with
 * @throws {Error} as the registry does, when it has a metric of such a name; then none of them is registered
 */
export declare function registerMetrics(
  detector: LeakDetector,
  registry: MetricRegistry,
  options?: PrometheusOptions
): () => void
