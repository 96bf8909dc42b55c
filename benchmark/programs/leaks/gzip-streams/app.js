'use strict'
// A compressor per session, kept open so that its window survives between messages, and never closed. Little of it is
// in the JS heap: each has some 250 KB of native memory.
const zlib = require('node:zlib')

const sessions = new Map()

function compressFor(session, message) {
  let stream = sessions.get(session)
  if (stream === undefined) {
    stream = zlib.createDeflateRaw({ level: 1 })
    stream.resume()
    sessions.set(session, stream)
  }
  return new Promise((resolve) => {
    stream.write(message)
    stream.flush(zlib.constants.Z_SYNC_FLUSH, resolve)
  })
}

module.exports = {
  name: 'gzip-streams',
  kind: 'handles',
  source: 'pattern: zlib streams without close()',
  packages: {},
  verify: { n: 12, warmup: 3, rounds: 10 },
  async setup() {
    return { next: 0 }
  },
  async step(ctx, n) {
    for (let i = 0; i < n; i++) {
      const session = `session ${ctx.next++}`
      for (let k = 0; k < 3; k++)
        await compressFor(session, `message ${k} of ${session} `.repeat(20))
    }
  },
  async teardown() {
    for (const stream of sessions.values()) stream.close()
    sessions.clear()
  },
  expect: {
    leak: true,
    container: 'sessions (module-level Map of DeflateRaw)',
    leakedType: 'DeflateRaw',
    pathIncludes: ['sessions', 'Map'],
    allocatedIn: ['compressFor'],
    bytesPerUnit: 25_000
  }
}
