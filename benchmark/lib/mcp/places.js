'use strict'

/** Where the holder of each leak of the corpus is: a file, and a part of the line that declares or creates it. */

const fs = require('node:fs')

const PLACES = {
  'any-signal': [
    ['any-signal/app.js', 'const loader ='],
    ['any-signal/app.js', 'shutdownController =']
  ],
  'cheerio-slices': [['cheerio-slices/app.js', 'const titles =']],
  'debug-instances': [['debug-old/src/common.js', 'function createDebug']],
  'express-request-map': [['express-request-map/app.js', 'const activeRequests =']],
  'express-session-memorystore': [['express-session/session/memory.js', 'function MemoryStore']],
  'inflight-hung': [['inflight/inflight.js', 'var reqs =']],
  'ioredis-offline-queue': [['ioredis-offline-queue/app.js', 'let redis']],
  'lodash-memoize': [['lodash-memoize/app.js', 'const priceOf =']],
  'lru-cache-unbounded': [['lru-cache-unbounded/app.js', 'const thumbs =']],
  'native-promise-race': [['native-promise-race/app.js', 'const closed =']],
  'node-cache-timers': [['node-cache/lib/node_cache.js', 'constructor(']],
  'prom-client-labels': [['prom-client-labels/app.js', 'const httpDuration =']],
  'winston-per-request': [['winston-per-request/app.js', 'const transport =']],
  'ws-slow-consumer': [['ws-slow-consumer/app.js', 'let wss']]
}

/** Returns whether `place`, such as `/srv/app.js:12`, is one of `expected`. */
function isPlace(place, expected) {
  const [, file, line] = /^(.*):(\d+)$/.exec(place) ?? []
  if (file === undefined || !fs.existsSync(file)) return false
  const source = fs.readFileSync(file, 'utf8').split('\n')[line - 1] ?? ''
  return expected.some(([end, part]) => file.endsWith(`/${end}`) && source.includes(part))
}

module.exports = { PLACES, isPlace }
