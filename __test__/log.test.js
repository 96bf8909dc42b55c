'use strict'

const assert = require('node:assert/strict')
const { Console } = require('node:console')
const { Writable } = require('node:stream')
const { describe, it } = require('node:test')
const { describeCheck, describeExhaustion, describeLeak, describeSkip } = require('../lib/describe')
const { logWith } = require('../lib/log')
const { runScript } = require('./support/program')

const LEAK = {
  schemaVersion: 1,
  id: '5f1c',
  verdict: 'leak',
  kind: 'collection',
  title: 'Map "requests" gains 120 IncomingMessage a minute',
  container: {
    className: 'Map',
    name: 'requests',
    retainedBytes: 1_000_000,
    location: { file: '/app/server.js', line: 12, column: 7, functionName: null }
  },
  items: { className: 'IncomingMessage', count: 500, addedCount: 400, location: null },
  path: [],
  pathText: 'module /app/server.js\n└ requests: Map',
  advice: 'Delete the entry when the response ends.'
}
const CHECK = {
  verdict: 'leak',
  leaks: [LEAK],
  suspects: [],
  snapshot: { nodes: 51_000 },
  cost: { pauseMs: 3.21, capture: 'fork' },
  memory: { heapUsedBytes: 31_200_000 }
}
/** Something grows, and for how long nobody knows yet. */
const SUSPECTED = {
  ...CHECK,
  verdict: 'suspected',
  leaks: [],
  suspects: [LEAK, { ...LEAK, title: 'another' }]
}
const SKIP = { code: 'ERR_CAPTURE_TIMEOUT', message: 'timed out: the child', at: '' }
const GROWTH = {
  kind: 'threads',
  isGrowth: true,
  title: 'Threads grow: 12 more an hour',
  culprits: ['libuv-worker'],
  advice: 'End them.'
}
const EXHAUSTION = {
  limit: 'group',
  limitBytes: 2e9,
  usedBytes: 1.5e9,
  bytesPerHour: 1e9,
  leftMs: 1_800_000
}
const CLOSED = { code: 'GATE_CLOSED', message: 'memory has not grown', at: '' }

describe('a logger object', () => {
  it('is given the object first and the message second, by level', () => {
    const lines = []
    const logger = {}
    for (const level of ['debug', 'info', 'warn']) {
      logger[level] = function (fields, message) {
        assert.equal(this, logger)
        lines.push([level, fields, message])
      }
    }
    const log = logWith(logger)
    log('leak', LEAK)
    log('check', CHECK)
    log('skip', SKIP)
    log('skip', CLOSED)
    log('memory-growth', GROWTH)
    log('exhaustion', EXHAUSTION)
    assert.deepEqual(lines, [
      ['warn', { event: 'leak', leak: LEAK }, `seep: memory leak: ${LEAK.title}`],
      ['info', { event: 'check', check: CHECK }, describeCheck(CHECK)],
      ['warn', { event: 'skip', skip: SKIP }, describeSkip(SKIP)],
      ['debug', { event: 'skip', skip: CLOSED }, describeSkip(CLOSED)],
      [
        'warn',
        { event: 'memory-growth', memoryGrowth: GROWTH },
        'seep: memory growth: Threads grow: 12 more an hour'
      ],
      ['warn', { event: 'exhaustion', exhaustion: EXHAUSTION }, describeExhaustion(EXHAUSTION)]
    ])
  })

  it('gets the first suspect, if no leak has a line of its own', () => {
    const line = describeCheck(SUSPECTED)
    assert.ok(line.endsWith(`; growing: ${LEAK.title}; and 1 more`), line)
    assert.doesNotMatch(describeCheck({ ...SUSPECTED, leaks: [LEAK] }), /growing:/)
    assert.doesNotMatch(line, /\n/)
  })

  it('says how much time is left until memory runs out', () => {
    assert.equal(
      describeExhaustion(EXHAUSTION),
      'seep: the memory of the control group (container) runs out in 30 minutes: 1.5 GB of 2.0 GB in use, 1.0 GB/h more'
    )
    const soon = describeExhaustion({ ...EXHAUSTION, limit: 'heap', leftMs: 999 })
    assert.match(soon, /^seep: the memory of the JavaScript heap runs out in less than a minute:/)
    assert.match(describeExhaustion({ ...EXHAUSTION, leftMs: 2e7 }), / in 6 hours: /)
  })

  it('needs only warn()', () => {
    const log = logWith({ warn() {} })
    log('check', CHECK)
    log('skip', CLOSED)
  })
})

/** What a process logs to stderr that logs one of each. */
async function printed(format) {
  const { stdout, stderr } = await runScript(
    `const log = require('./lib/log').logWith('${format}')
     log('leak', ${JSON.stringify(LEAK)})
     log('check', ${JSON.stringify(CHECK)})
     log('skip', ${JSON.stringify(SKIP)})
     log('skip', ${JSON.stringify(CLOSED)})`
  )
  assert.equal(stdout, '', 'stdout belongs to the program')
  return stderr
}

describe('a console', () => {
  it('is given text, with nothing of it taken for a format', () => {
    const lines = []
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk))
        done()
      }
    })
    const log = logWith(new Console({ stdout: stream, stderr: stream }))
    log('leak', { ...LEAK, title: '100 %s' })
    log('check', CHECK)
    log('skip', SKIP)
    log('memory-growth', GROWTH)
    assert.equal(lines[0], `${describeLeak({ ...LEAK, title: '100 %s' })}\n`)
    assert.equal(lines[1], `${describeCheck(CHECK)}\n`)
    assert.match(lines[2], /round skipped: timed out/)
    assert.equal(lines[3], `seep: memory growth: ${GROWTH.title}\n  libuv-worker\n\n  End them.\n`)
  })

  it('gets no line every minute that nothing has happened', () => {
    const lines = []
    const stream = new Writable({
      write: (chunk, _encoding, done) => done(null, lines.push(chunk))
    })
    const log = logWith(new Console({ stdout: stream, stderr: stream }))
    log('skip', { ...SKIP, code: 'GATE_CLOSED' })
    assert.deepEqual(lines, [])
  })
})

describe("'json'", () => {
  it('is one object a line, as pino writes them', async () => {
    const lines = (await printed('json'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['leak', 'check', 'skip']
    )
    assert.deepEqual(
      lines.map(({ level }) => level),
      [40, 30, 40]
    )
    for (const { name, pid, hostname, time } of lines) {
      assert.equal(name, 'seep')
      assert.equal(hostname, require('node:os').hostname())
      assert.equal(typeof pid, 'number')
      assert.equal(typeof time, 'number')
    }
    assert.deepEqual(lines[0].leak, LEAK)
    assert.equal(lines[0].msg, `seep: memory leak: ${LEAK.title}`)
  })
})

describe("'pretty'", () => {
  it('is text', async () => {
    const text = await printed('pretty')
    for (const words of [
      'memory leak: Map "requests" gains',
      'at /app/server.js:12',
      '  module /app/server.js\n  └ requests: Map',
      'Delete the entry',
      'check leak, 1 confirmed, heap 31 MB, 51,000 objects, pause 3.2 ms (fork)',
      'round skipped: timed out: the child (ERR_CAPTURE_TIMEOUT)'
    ]) {
      assert.ok(text.includes(words), `${words}\n---\n${text}`)
    }
    assert.ok(!text.includes('GATE_CLOSED'))
  })

  it('does without a place', () => {
    const text = describeLeak({ ...LEAK, container: { ...LEAK.container, location: null } })
    assert.ok(!text.includes(' at '))
  })
})

describe('false', () => {
  it('logs nothing', () => assert.equal(logWith(false), null))
})

describe('a reader of stderr that goes away', () => {
  it('does not end the program', { skip: process.platform === 'win32' }, async () => {
    const { code, stdout } = await runScript(
      `process.stderr.destroy()
       require('./lib/log').logWith('json')('leak', ${JSON.stringify(LEAK)})
       setTimeout(() => console.log('alive'), 50)`
    )
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'alive\n' })
  })
})
