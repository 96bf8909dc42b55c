'use strict'

/**
 * The options of the status page (seep/express) and of the metrics (seep/prometheus, seep/opentelemetry), in the form of
 * lib/option-table.js. They have no environment variables. `npm run options` generates the types and the tables in the docs
 * from them.
 */

const types = require('./option-types')

/**
 * @typedef {import('./option-table').OptionSpec & { unset?: string }} IntegrationOption `unset`: the default in words, if it
 *   is null
 */
/** @typedef {Readonly<Record<string, IntegrationOption>>} IntegrationOptions */

/** @type {IntegrationOptions} */
const PAGE_OPTIONS = Object.freeze({
  name: {
    type: types.string('a string'),
    default: null,
    env: null,
    about: 'Name of the program, for the heading.'
  },
  allowCheck: {
    type: types.boolean(),
    default: true,
    env: null,
    about: 'Whether the page has a button that starts a check.'
  },
  allowSnapshot: {
    type: types.boolean(),
    default: false,
    env: null,
    about:
      'Whether `seep open URL` may download a heap snapshot through the page. It contains every string of the process, passwords ' +
      'and personal data included: turn it on only behind a guard that lets nobody in but those who may see all of these.'
  },
  mountPath: {
    type: types.string("a path such as '/_seep'", /^(\/[^?#]*[^/?#])?$/),
    default: '',
    env: null,
    about:
      "Path of the page, such as `'/_seep'`, for servers that do not remove the mount path from `req.url`: `node:http`, Fastify " +
      "without middie, Koa. Express and Fastify's middie remove it."
  }
})

/** @type {IntegrationOptions} */
const PROMETHEUS_OPTIONS = Object.freeze({
  prefix: {
    type: types.string('the start of a metric name, such as seep_', /^[a-zA-Z_:][a-zA-Z0-9_:]*$/),
    default: 'seep_',
    env: null,
    about: 'Prefix of the metric names.'
  }
})

/** @type {IntegrationOptions} */
const OPENTELEMETRY_OPTIONS = Object.freeze({
  meterProvider: {
    type: types.having('getMeter', 'name: string, version?: string'),
    default: null,
    unset: 'the global one',
    env: null,
    about:
      'Provider of the meter that observes the metrics. The global one is that of `@opentelemetry/api` at the time of the call.'
  },
  loggerProvider: {
    type: types.having('getLogger', 'name: string, version?: string'),
    default: null,
    unset: 'the global one',
    env: null,
    about:
      'Provider of the logger that receives the leaks. The global one is that of `@opentelemetry/api-logs`.'
  },
  tracerProvider: {
    type: types.having('getTracer', 'name: string, version?: string'),
    default: null,
    unset: 'the global one',
    env: null,
    about:
      'Provider of the tracer that receives the leaks. The global one is that of `@opentelemetry/api`.'
  },
  leaks: {
    type: types.oneOf('log', 'span', 'none'),
    default: null,
    unset: "'log' or 'span'",
    env: null,
    about:
      "How leaks are reported. `'log'`: a log record with the event name `seep.leak` and severity WARN, or `seep.resolved` and " +
      "INFO once the leak has ended. `'span'`: a span of its own, with an event of that name. `'none'`: not at all. The default is " +
      "`'log'` if a logger provider is given, `'span'` if a tracer provider is given, and otherwise `'log'` where " +
      "`@opentelemetry/api-logs` is installed and `'span'` where it is not."
  },
  heapSpaces: {
    type: types.boolean(),
    default: true,
    env: null,
    about:
      'Whether `v8js.memory.heap.used` is observed, by heap space. Set it to `false` if ' +
      '`@opentelemetry/instrumentation-runtime-node` already does this.'
  }
})

module.exports = { OPENTELEMETRY_OPTIONS, PAGE_OPTIONS, PROMETHEUS_OPTIONS }
