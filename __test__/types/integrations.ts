// The integrations take the real libraries' objects, and nothing else.

import { metrics, trace } from '@opentelemetry/api'
import { logs } from '@opentelemetry/api-logs'
import { Registry, register } from 'prom-client'
import { start } from 'seep'
import { instrument } from 'seep/opentelemetry'
import { registerMetrics } from 'seep/prometheus'

const detector = start()

const unregister: () => void = registerMetrics(detector, register)
registerMetrics(detector, new Registry(), { prefix: 'shop_' })
// @ts-expect-error no registry
registerMetrics(detector, {})
// @ts-expect-error no detector
registerMetrics(register)
// @ts-expect-error a prefix is text
registerMetrics(detector, register, { prefix: 5 })

const end: () => void = instrument(detector)
instrument(detector, {
  meterProvider: metrics.getMeterProvider(),
  loggerProvider: logs.getLoggerProvider(),
  tracerProvider: trace.getTracerProvider(),
  leaks: 'span',
  heapSpaces: false
})
// @ts-expect-error not one of the choices
instrument(detector, { leaks: 'email' })
// @ts-expect-error no provider
instrument(detector, { meterProvider: {} })
void [unregister, end]
