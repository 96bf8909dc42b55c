'use strict'

// Reports seep's metrics to OpenTelemetry, and each leak as a log record. This example
// prints them to the console; in production, use the OTLP exporters.
//
//   node examples/opentelemetry.js

const { metrics } = require('@opentelemetry/api')
const { logs } = require('@opentelemetry/api-logs')
const {
  ConsoleLogRecordExporter,
  LoggerProvider,
  SimpleLogRecordProcessor
} = require('@opentelemetry/sdk-logs')
const {
  ConsoleMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader
} = require('@opentelemetry/sdk-metrics')
const { start } = require('seep')
const { instrument } = require('seep/opentelemetry')

const meterProvider = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new ConsoleMetricExporter(),
      exportIntervalMillis: Number(process.env.OTEL_METRIC_EXPORT_INTERVAL ?? 60_000),
      exportTimeoutMillis: 1000
    })
  ]
})
metrics.setGlobalMeterProvider(meterProvider)

const loggerProvider = new LoggerProvider({
  processors: [new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() })]
})
logs.setGlobalLoggerProvider(loggerProvider)

const detector = start()
instrument(detector) // after the providers have been registered

require('./lib/leaky-server')

process.once('SIGTERM', async () => {
  // Exports once more before the metrics are removed.
  await Promise.all([meterProvider.shutdown(), loggerProvider.shutdown()])
  await detector.stop()
})
