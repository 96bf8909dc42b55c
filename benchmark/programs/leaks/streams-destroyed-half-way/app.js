'use strict'
/** Exports are forgotten when they finish. Those that the client leaves half-way are destroyed, and never finish. */
const { PassThrough, Readable } = require('node:stream')
const { once } = require('node:events')

const activeExports = new Set()

async function* rowsOf(i) {
  for (let row = 0; row < 6; row++) {
    yield `${i},${row},${'x'.repeat(120)}\n`
    await new Promise(setImmediate)
  }
}

function startExport(i) {
  const output = new PassThrough()
  const job = { id: i, output, startedAt: Date.now(), filter: { from: i, to: i + 100 } }
  activeExports.add(job)
  output.on('finish', () => activeExports.delete(job))
  const rows = Readable.from(rowsOf(i))
  rows.pipe(output)
  return { rows, output }
}

async function download(i) {
  const { rows, output } = startExport(i)
  if (i % 9 === 0) {
    await once(output, 'readable')
    rows.destroy()
    output.destroy()
    return
  }
  output.resume()
  await once(output, 'close')
}

module.exports = {
  name: 'streams-destroyed-half-way',
  kind: 'streams',
  source: 'https://github.com/tomas/needle/issues/368',
  verify: { n: 250, warmup: 3 },
  async setup() {
    return { i: 0 }
  },
  async step(ctx, n) {
    for (let k = 0; k < n; k++) await download(ctx.i++)
  },
  async teardown() {},
  expect: {
    leak: true,
    container: 'activeExports (Set)',
    pathIncludes: ['activeExports'],
    leakedType: 'Object',
    others: [{ pathIncludes: ['output'], leakedType: 'PassThrough' }],
    allocatedIn: ['startExport', 'download']
  }
}
