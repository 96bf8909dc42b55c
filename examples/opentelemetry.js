'use strict'

// seep's figures as OpenTelemetry metrics, and each leak as a log record.
// Here they go to the console; in production, take the OTLP exporters.
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
instrument(detector) // after the providers are there

require('./lib/leaky-server')

process.once('SIGTERM', async () => {
  // The last export before the figures go.
  await Promise.all([meterProvider.shutdown(), loggerProvider.shutdown()])
  await detector.stop()
})
