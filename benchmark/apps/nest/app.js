'use strict'

/** A program of injected services: a database behind repositories, thumbnails, and each request traced. */

const { between } = require('../../lib/random')

const USERS = 200

module.exports = {
  title: 'injected services (@nestjs/core 11.2.10 with TypeORM, sharp and OpenTelemetry)',
  packages: {
    '@nestjs/common': '11.2.10',
    '@nestjs/core': '11.2.10',
    '@nestjs/platform-express': '11.2.10',
    '@nestjs/typeorm': '11.0.3',
    '@opentelemetry/api': '1.9.0',
    '@opentelemetry/auto-instrumentations-node': '0.62.0',
    '@opentelemetry/sdk-node': '0.203.0',
    'reflect-metadata': '0.2.2',
    rxjs: '7.8.2',
    sharp: '0.34.5',
    'sql.js': '1.17.0',
    typeorm: '0.3.31'
  },
  env: {
    NODE_ENV: 'production',
    OTEL_SERVICE_NAME: 'shop',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none'
  },
  start: ({ port }) => ({ args: ['--require', './tracing.js', 'server.js', String(port)] }),
  ready: '/users/1',
  perSecond: 12,
  step(client, random) {
    const draw = random()
    const id = between(random, 1, USERS)
    if (draw < 0.45) return client.get(`/users/${id}`)
    if (draw < 0.6) return client.get(`/users?from=${id}`)
    if (draw < 0.75) return client.put(`/users/${id}`, { name: `User ${between(random, 0, 1e6)}` })
    if (draw < 0.9) return client.get(`/users/${id}/picture?size=${between(random, 2, 12) * 8}`)
    return client.get(`/users/${USERS + id}`)
  },
  leak: { pathIncludes: ['records'], leakedType: 'AuditRecord' }
}
