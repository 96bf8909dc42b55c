'use strict'

/** Snapshots without values: no value is left, names are, and figures and verdicts are the same. */

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { gunzipSync } = require('node:zlib')
const { LeakDetector, analyzeFile, compareFiles, stripFile } = require('seep')
const { runNode } = require('./support/program')

const seep = (args, options) => runNode(['bin/seep.js', ...args], options)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-strip-'))
after(() => fs.rmSync(folder, { recursive: true }))
const file = (name) => path.join(folder, name)

/** The texts of a snapshot that name nodes of these kinds, or edges. */
function textsOf(snapshot) {
  const { meta } = snapshot.snapshot
  const [kind, name] = ['type', 'name'].map((field) => meta.node_fields.indexOf(field))
  const texts = { edges: new Set() }
  for (let at = 0; at < snapshot.nodes.length; at += meta.node_fields.length) {
    const of = meta.node_types[kind][snapshot.nodes[at + kind]]
    texts[of] ??= new Set()
    texts[of].add(snapshot.strings[snapshot.nodes[at + name]])
  }
  const named = meta.edge_types[0].map((type) => !['element', 'hidden'].includes(type))
  for (let at = 0; at < snapshot.edges.length; at += meta.edge_fields.length) {
    if (named[snapshot.edges[at]]) texts.edges.add(snapshot.strings[snapshot.edges[at + 1]])
  }
  return texts
}

/** What is compared of an analysis. A class of plain objects is called by its properties, which may be keys. */
function figuresOf({
  nodeCount,
  edgeCount,
  totalBytes,
  classes,
  dominators,
  duplicates,
  statistics
}) {
  const nameOf = ({ name }) => (name.startsWith('{') ? '{}' : name)
  const rows = classes.map((row) => ({ ...row, name: nameOf(row) }))
  return {
    totals: { nodeCount, edgeCount, totalBytes, statistics },
    classes: rows.map((row) => JSON.stringify(row)).sort(),
    dominators: dominators.map(({ id, retainedBytes }) => [id, retainedBytes]),
    duplicates
  }
}

describe('a snapshot without values', () => {
  const [whole, stripped] = [file('whole.heapsnapshot'), file('stripped.heapsnapshot')]

  before(async () => {
    const program = path.join(__dirname, 'fixtures', 'kept-values.js')
    const argument = ['hu', 'sh-argument'].join('')
    const env = { ...process.env, SECRET: argument }
    execFileSync(process.execPath, [program, whole, argument], { env })
    await stripFile(whole, stripped)
  })

  it('has none of the values', () => {
    // Whatever the file has is text, also between its strings.
    const text = fs.readFileSync(stripped, 'latin1')
    const at = text.search(/hush/i)
    assert.equal(at, -1, text.slice(Math.max(0, at - 100), at + 100))
    const places = fs.readFileSync(whole, 'latin1').match(/hush/gi)
    assert.ok(places.length > 500, 'they were there')
  })

  it('has the names that people need', () => {
    const snapshot = JSON.parse(fs.readFileSync(stripped))
    const { object, closure, code, edges, symbol, native } = textsOf(snapshot)
    for (const name of ['Session', 'Registry', 'Error', 'URL']) assert.ok(object.has(name), name)
    for (const name of ['onTick', 'inScript', 'inData']) {
      assert.ok(closure.has(name), name)
    }
    const program = path.join(__dirname, 'fixtures', 'kept-values.js')
    assert.ok(code.has(program) || code.has(`system / Script / ${program}`))
    assert.ok([...code].some((name) => /^data:text\/javascript,[0-9a-zA-Z]+$/.test(name)))
    for (const name of [
      'held',
      'sessions',
      'byAddress',
      'user',
      'seen',
      '#token',
      '_events',
      'report'
    ]) {
      assert.ok(edges.has(name), name)
    }
    assert.ok([...edges].some((name) => /^<symbol k[A-Z]/.test(name)))
    assert.ok(symbol.has('symbol') && native.has('system / JSArrayBufferData'))
    assert.ok(
      [...edges].some((name) =>
        /^\d+ \/ part of key \(0+ @\d+\) -> value \(0+ @\d+\) pair/.test(name)
      )
    )
  })

  it('has the same figures', async () => {
    const [a, b] = await Promise.all([whole, stripped].map((it) => analyzeFile(it)))
    assert.deepEqual(figuresOf(b), figuresOf(a))
    assert.ok(a.nodeCount > 10_000 && a.duplicates.extraCopies > 0)
    const [original, other] = [whole, stripped].map((it) => JSON.parse(fs.readFileSync(it)))
    assert.deepEqual(Object.keys(other), Object.keys(original))
    assert.deepEqual(other.locations, original.locations)
    assert.deepEqual(other.snapshot, original.snapshot)
    assert.deepEqual(
      [other.nodes.length, other.edges.length],
      [original.nodes.length, original.edges.length]
    )
  })

  it('is written whole or not at all, and never over its source', async () => {
    const bytes = fs.readFileSync(whole)
    await assert.rejects(stripFile(whole, whole), { code: 'ERR_INVALID_ARG_VALUE' })
    const link = file('link.heapsnapshot')
    fs.linkSync(whole, link)
    await assert.rejects(stripFile(whole, link), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.ok(fs.readFileSync(whole).equals(bytes))
    const broken = file('broken.heapsnapshot')
    fs.writeFileSync(broken, bytes.subarray(0, bytes.length / 2))
    const target = file('target.heapsnapshot')
    await assert.rejects(stripFile(broken, target), {
      code: 'ERR_SNAPSHOT_TRUNCATED',
      offset: Math.floor(bytes.length / 2),
      path: broken
    })
    await assert.rejects(stripFile(whole, path.join(folder, 'none', 'x.heapsnapshot')), {
      code: 'ERR_FILE_OS'
    })
    await assert.rejects(stripFile(file('missing'), target), { code: 'ERR_FILE_OS' })
    await assert.rejects(stripFile(whole, file('x.zst')), { code: 'ERR_INVALID_ARG_VALUE' })
    assert.ok(!fs.existsSync(target))
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.startsWith('.')),
      []
    )
  })

  it('is written by the command, gzipped where the name says so', async () => {
    const target = file('command.heapsnapshot.gz')
    const { code, stdout } = await seep(['strip', whole, target])
    assert.equal(code, 0)
    assert.match(stdout, /^seep: stripped, [\d,]+ values replaced, [\d.]+ MB: .+\.gz\n$/)
    assert.ok(gunzipSync(fs.readFileSync(target)).equals(fs.readFileSync(stripped)))
    if (process.platform !== 'win32') assert.equal(fs.statSync(target).mode & 0o777, 0o600)
    const again = await seep(['strip', whole, target])
    assert.equal(again.code, 2)
    assert.match(again.stderr, /exists; use --force/)
    const forced = await seep(['strip', '--force', '--json', whole, target])
    assert.ok(JSON.parse(forced.stdout).values > 1000)
    assert.equal((await seep(['strip', whole])).code, 2)
  })
})

describe('writeSnapshot() with strip', () => {
  it('leaves nothing else behind', async () => {
    const word = ['hu', 'sh'].join('')
    globalThis.kept = { [`${word}@example.org`]: `${word}-text` }
    const detector = new LeakDetector({ allocations: 'off' })
    const own = fs.mkdtempSync(path.join(folder, 'own-'))
    const target = path.join(own, 'a.heapsnapshot')
    assert.equal(await detector.writeSnapshot(target, { strip: true }), target)
    assert.deepEqual(fs.readdirSync(own), ['a.heapsnapshot'])
    const text = fs.readFileSync(target, 'latin1')
    assert.equal(text.includes(word), false)
    assert.equal((await analyzeFile(target)).classes.length > 10, true)
    for (const options of [{ strip: 'yes' }, { stripped: true }]) {
      await assert.rejects(detector.writeSnapshot(target, options), { code: /^ERR_INVALID_ARG/ })
    }
    await detector.stop()
    delete globalThis.kept
  })
})

describe('the verdict over snapshots without values', () => {
  it('is that over the whole ones', async () => {
    const program = `
      class Visit { constructor(i) { this.page = 'page ' + i; this.seen = [i, {}] } }
      const visits = new Map()
      const bySession = {}
      const listeners = new (require('node:events'))()
      listeners.setMaxListeners(0)
      exports.visits = visits
      for (const file of process.argv.slice(2)) {
        for (let i = 0; i < 1000; i++) {
          visits.set('visit ' + visits.size, new Visit(i))
          bySession['session-' + visits.size + '@example.org'] = { i }
          listeners.on('report', () => i)
        }
        require('node:v8').writeHeapSnapshot(file)
      }`
    fs.writeFileSync(file('visits.js'), program)
    const files = [1, 2, 3].map((round) => file(`${round}.heapsnapshot`))
    execFileSync(process.execPath, [file('visits.js'), ...files])
    const stripped = files.map((name) => name.replace('.heap', '-stripped.heap'))
    for (const [i, name] of files.entries()) await stripFile(name, stripped[i])
    // The times of files are when they were written.
    for (const names of [files, stripped]) {
      for (const [i, name] of names.entries()) fs.utimesSync(name, 60 * i, 60 * i)
    }
    const [whole, other] = [await compareFiles(files), await compareFiles(stripped)]
    assert.ok(whole.leaks.length >= 2)
    const seen = ({ at, snapshot, ...report }) => ({ ...report, nodes: snapshot.nodes })
    assert.deepEqual(seen(other), seen(whole))
  })
})
