'use strict'

/** A snapshot as stacks, read back by the definitions of the formats, and by pprof itself if it is there. */

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { gunzipSync } = require('node:zlib')
const { FORMATS } = require('../lib/heap-stacks')
const { runNode } = require('./support/program')

const seep = (args, options) => runNode(['bin/seep.js', ...args], options)
const hasGo = spawnSync('go', ['version']).status === 0

describe('seep export', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-export-'))
  const file = (name) => path.join(folder, name)
  const [first, last] = [file('1.heapsnapshot'), file('2.heapsnapshot')]

  before(() => {
    const program = `
      class Visit { constructor(i) { this.page = 'page ' + i; this.seen = [i, {}] } }
      const visits = new Map()
      exports.visits = visits
      for (const file of process.argv.slice(2)) {
        for (let i = 0; i < 3000; i++) visits.set('key;' + visits.size, new Visit(i))
        require('node:v8').writeHeapSnapshot(file)
      }`
    fs.writeFileSync(file('visits.js'), program)
    execFileSync(process.execPath, [file('visits.js'), first, last])
  })
  after(() => fs.rmSync(folder, { recursive: true }))

  /** The bytes of all objects of a snapshot. */
  function totalOf(name) {
    const { snapshot, nodes } = JSON.parse(fs.readFileSync(name))
    const fields = snapshot.meta.node_fields
    let total = 0
    for (let at = fields.indexOf('self_size'); at < nodes.length; at += fields.length) {
      total += nodes[at]
    }
    return total
  }

  it('writes each stack on a line', async () => {
    const { code, stdout } = await seep(['export', '--folded', last])
    assert.equal(code, 0)
    const lines = stdout.trimEnd().split('\n')
    const bytesOf = (line) => Number(/ (\d+)$/.exec(line)[1])
    const total = lines.reduce((sum, line) => sum + bytesOf(line), 0)
    assert.equal(total, totalOf(last))
    const visits = lines.find((line) => /;\S+ → Visit \d+$/.test(line))
    const frames = visits.replace(/ \d+$/, '').split(';')
    assert.match(frames[0], /^module [^/]+\/visits\.js$/)
    assert.match(frames.join(';'), /;\.?visits → Map;\[…\] → Visit$/)
    assert.ok(bytesOf(visits) > 6000 * 24)
    assert.ok(!stdout.includes('key;'), 'keys are data')
  })

  it('writes what speedscope defines', async () => {
    const target = file('heap.speedscope.json')
    const { code, stdout } = await seep(['export', '--speedscope', '-o', target, last])
    assert.deepEqual({ code, stdout }, { code: 0, stdout: '' })
    const { $schema, shared, profiles, activeProfileIndex } = JSON.parse(fs.readFileSync(target))
    assert.equal($schema, 'https://www.speedscope.app/file-format-schema.json')
    assert.equal(activeProfileIndex, 0)
    assert.deepEqual(
      profiles.map(({ type, unit }) => [type, unit]),
      [
        ['sampled', 'bytes'],
        ['sampled', 'none']
      ]
    )
    for (const { samples, weights, startValue, endValue } of profiles) {
      assert.equal(samples.length, weights.length)
      assert.equal(startValue + weights.reduce((sum, weight) => sum + weight), endValue)
      assert.ok(samples.flat().every((frame) => typeof shared.frames[frame].name === 'string'))
    }
    assert.equal(profiles[0].endValue, totalOf(last))
    const index = shared.frames.findIndex(({ name }) => name.endsWith('→ Visit'))
    assert.equal(path.basename(shared.frames[index].file), 'visits.js')
    const at = profiles[1].samples.findIndex((stack) => stack.at(-1) === index)
    assert.equal(profiles[1].weights[at], 6000)
  })

  it('is read by pprof, as is the difference of two', { skip: !hasGo && 'needs go' }, async () => {
    const [a, b] = [file('1.pb.gz'), file('2.pb.gz')]
    assert.equal((await seep(['export', '--pprof', '--output', a, first])).code, 0)
    const { code, stdout } = await seep(['export', '--pprof', last])
    assert.deepEqual([code, stdout.length > 0], [0, true])
    assert.equal((await seep(['export', '--pprof', '-o', b, last])).code, 0)
    const pprof = (...args) =>
      execFileSync('go', ['tool', 'pprof', '-top', ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore']
      })
    const top = pprof('-cum', '-unit', 'B', b)
    assert.match(top, /^Type: inuse_space$/m)
    assert.ok(top.includes(`${totalOf(last)}B total`), top)
    const objects = pprof('-sample_index', 'inuse_objects', '-diff_base', a, b)
    assert.match(objects, /^ +3000 .+\[…\] → Visit$/m)
  })

  it('says what it takes', async () => {
    for (const args of [
      [last],
      ['--pprof'],
      ['--pprof', '--folded', last],
      ['--pprof', first, last],
      ['--folded', '-o', last, last],
      ['--flamegraph', last]
    ]) {
      const { code, stdout, stderr } = await seep(['export', ...args])
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '))
      assert.match(stderr, /^seep export: .+\n$/)
    }
    const { code, stderr } = await seep(['export', '--folded', '--allocations', last])
    assert.equal(code, 1)
    assert.match(stderr, /was not recorded with the stacks of allocations/)
    const nowhere = await seep(['export', '--folded', '-o', path.join(folder, 'no', 'x'), last])
    assert.equal(nowhere.code, 1)
  })

  it('has the functions that allocated, if they were recorded', async () => {
    const target = file('recorded.heapsnapshot')
    const program = `
      const fs = require('node:fs')
      const { Session } = require('node:inspector')
      class Visit { constructor(i) { this.page = 'page ' + i } }
      const visits = []
      function makeVisit(i) { return new Visit(i) }
      function fill() { for (let i = 0; i < 2000; i++) visits.push(makeVisit(i)) }
      const session = new Session()
      session.connect()
      session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true })
      fill()
      const out = fs.openSync(process.argv[2], 'w')
      session.on('HeapProfiler.addHeapSnapshotChunk', ({ params }) => fs.writeSync(out, params.chunk))
      session.post('HeapProfiler.takeHeapSnapshot', () => process.exit(visits.length === 2000 ? 0 : 1))`
    fs.writeFileSync(file('recorded.js'), program)
    execFileSync(process.execPath, [file('recorded.js'), target])
    const { code, stdout } = await seep(['export', '--folded', '--allocations', target])
    assert.equal(code, 0)
    const lines = stdout.split('\n').filter((line) => /;fill;makeVisit(;Visit)? \d+$/.test(line))
    const bytes = lines.reduce((sum, line) => sum + Number(/\d+$/.exec(line)[0]), 0)
    assert.ok(bytes >= 2000 * 16, stdout.slice(0, 2000))
  })
})

describe('stacks', () => {
  const row = (parent, name, count, bytes) => ({
    parent,
    name,
    file: null,
    line: null,
    column: null,
    count,
    bytes
  })
  const ROWS = [row(null, 'a;b\nc', 0, 0), row(0, '', 2, 2 ** 40), row(0, 'no bytes', 1, 0)]

  it('are escaped where a character would separate them', () => {
    assert.equal(String(FORMATS.folded(ROWS)), 'a\\u003bb\\nc;(anonymous) 1099511627776\n')
  })

  it('of any size are encoded', async () => {
    const bytes = gunzipSync(await FORMATS.pprof(ROWS))
    for (const text of ['a;b\nc', '(anonymous)', 'no bytes', 'inuse_objects']) {
      assert.ok(bytes.includes(text), text)
    }
    // 2 ** 40, seven bits a byte.
    assert.ok(bytes.includes(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x20])))
  })
})
