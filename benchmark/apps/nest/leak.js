'use strict'

/** Asks the service `AuditService` of `server.js` to keep what it notes. */

globalThis.keepsRecords = true
