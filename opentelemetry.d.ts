import type { LeakDetector } from './index'

export interface InstrumentOptions {
  /**
   * Provider of the meter that observes the metrics. The global one is that of `@opentelemetry/api` at the time of the
   * call.
   *
   * @default the global one
   */
  meterProvider?: { getMeter(name: string, version?: string): unknown } | undefined
  /**
   * Provider of the logger that receives the leaks. The global one is that of `@opentelemetry/api-logs`.
   *
   * @default the global one
   */
  loggerProvider?: { getLogger(name: string, version?: string): unknown } | undefined
  /**
   * Provider of the tracer that receives the leaks. The global one is that of `@opentelemetry/api`.
   *
   * @default the global one
   */
  tracerProvider?: { getTracer(name: string, version?: string): unknown } | undefined
  /**
   * How leaks are reported. `'log'`: a log record with the event name `seep.leak` and severity WARN, or `seep.resolved`
   * and INFO once the leak has ended. `'span'`: a span of its own, with an event of that name. `'none'`: not at all. The
   * default is `'log'` if a logger provider is given, `'span'` if a tracer provider is given, and otherwise `'log'` where
   * `@opentelemetry/api-logs` is installed and `'span'` where it is not.
   *
   * @default 'log' or 'span'
   */
  leaks?: 'log' | 'span' | 'none' | undefined
  /**
   * Whether `v8js.memory.heap.used` is observed, by heap space. Set it to `false` if
   * `@opentelemetry/instrumentation-runtime-node` already does this.
   *
   * @default true
   */
  heapSpaces?: boolean | undefined
}

/**
 * Reports the detector to OpenTelemetry: the metrics in docs/api.md and `v8js.memory.heap.used`, which are read when they
 * are collected; and each leak as a log record or a span.
 *
 * Call it after the providers have been registered. Returns a function that ends it; it also ends when the detector stops.
 * Does nothing if the detector is disabled.
 *
 * @throws {Error} `ERR_MISSING_PEER`: `@opentelemetry/api`, or `@opentelemetry/api-logs` for `leaks: 'log'`, is not
 *   installed and no provider was given
 * @throws {TypeError} `ERR_INVALID_ARG_TYPE`: no detector, or an option of the wrong type; `ERR_INVALID_ARG_VALUE`: an unknown option
 * @throws {RangeError} `ERR_INVALID_ARG_VALUE`: `leaks` is not one of its choices
 */
export declare function instrument(detector: LeakDetector, options?: InstrumentOptions): () => void
