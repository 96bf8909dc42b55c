import type { LeakDetector } from './index'

export interface InstrumentOptions {
  /** Whose meter observes. By default the global one of `@opentelemetry/api`, as it is now. */
  meterProvider?: { getMeter(name: string, version?: string): unknown } | undefined
  /** Whose logger takes the leaks. By default the global one of `@opentelemetry/api-logs`. */
  loggerProvider?: { getLogger(name: string, version?: string): unknown } | undefined
  /** Whose tracer takes the leaks. By default the global one of `@opentelemetry/api`. */
  tracerProvider?: { getTracer(name: string, version?: string): unknown } | undefined
  /**
   * What each leak becomes. `'log'`: a log record, event name `seep.leak`, severity WARN (`seep.resolved`, INFO, when it has ended); `'span'`: a span of its own
   * with an event of that name; `'none'`: nothing.
   *
   * By default `'log'` when a logger provider is given, `'span'` when a tracer provider is, else `'log'` where
   * `@opentelemetry/api-logs` is installed and `'span'` where it is not.
   */
  leaks?: 'log' | 'span' | 'none' | undefined
  /**
   * Whether `v8js.memory.heap.used` is observed, by heap space. `false` where
   * `@opentelemetry/instrumentation-runtime-node` does that already.
   *
   * @default true
   */
  heapSpaces?: boolean | undefined
}

/**
 * Observes the detector with OpenTelemetry: `seep.memory.floor`, `seep.growth`, `seep.leaks.confirmed`,
 * `seep.leak.growth`, `seep.leak.retained`, `seep.last_check` (gauges), `seep.leak.events`, `seep.leak.resolved`, `seep.captures`,
 * `seep.pause`, `seep.skips` (counters) and `v8js.memory.heap.used`, read when they are collected; and each leak as a
 * log record or a span.
 *
 * Call it after the providers were registered. It ends when the detector stops, or when the function that this returns
 * is called. Does nothing for a detector that is disabled.
 *
 * @throws {Error} `ERR_MISSING_PEER`: `@opentelemetry/api`, or `@opentelemetry/api-logs` for `leaks: 'log'`, is not
 *   installed and no provider was given
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: no detector, or an option of the wrong type; `ERR_INVALID_ARG_VALUE`: an unknown option
 * @throws {RangeError} `ERR_INVALID_ARG_VALUE`: `leaks` is not one of its choices
 */
export declare function instrument(detector: LeakDetector, options?: InstrumentOptions): () => void
