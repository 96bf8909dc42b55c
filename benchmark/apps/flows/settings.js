'use strict'

const path = require('node:path')

module.exports = {
  uiHost: '127.0.0.1',
  httpAdminRoot: '/admin',
  nodesDir: path.join(__dirname, 'nodes'),
  credentialSecret: false,
  functionExternalModules: false,
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'warn', metrics: false, audit: false } }
}
