'use strict'

// Exposes seep's metrics together with the program's own, at /metrics on a separate
// port.
//
//   PORT=3000 METRICS_PORT=9464 node examples/prometheus.js

const http = require('node:http')
const { collectDefaultMetrics, register } = require('prom-client')
const { start } = require('seep')
const { registerMetrics } = require('seep/prometheus')

collectDefaultMetrics()

const detector = start()
registerMetrics(detector, register)

const metrics = http.createServer(async (_req, res) => {
  res.setHeader('Content-Type', register.contentType)
  res.end(await register.metrics())
})
metrics.listen(Number(process.env.METRICS_PORT ?? 9464), () => {
  console.log(`metrics on http://localhost:${metrics.address().port}/metrics`)
})

require('./lib/leaky-server')

process.once('SIGTERM', () => {
  metrics.close()
  detector.stop()
})
