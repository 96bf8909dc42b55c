'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const v8 = require('node:v8')
const vm = require('node:vm')
const zlib = require('node:zlib')
const { analyzeFile, openHeap } = require('seep')
const { runNode } = require('./support/program')
const { tinySnapshot } = require('./support/snapshot')

const PROGRAM = `
'use strict'
class Session { constructor(token) { this.token = token; this.log = Array.from({ length: 60 }, Math.random) } }
const sessions = new Map()
const copy = () => Buffer.from('a secret that is copied').toString('latin1')
for (let i = 0; i < 300; i++) sessions.set(i, new Session(copy()))
function get(id) { return sessions.get(id) }
module.exports = { get }
require('node:v8').writeHeapSnapshot(process.argv[2])
for (let i = 300; i < 400; i++) sessions.set(i, new Session(copy()))
require('node:v8').writeHeapSnapshot(process.argv[3])
`

/** Another program, whose heap looks otherwise. */
const STRANGER = `
globalThis.maps = Array.from({ length: 20_000 }, () => new Map())
require('node:v8').writeHeapSnapshot(process.argv[1])`

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-open-'))
const [earlier, file] = ['earlier', 'now'].map((name) => path.join(folder, `${name}.heapsnapshot`))

before(async () => {
  const program = path.join(folder, 'sessions.js')
  fs.writeFileSync(program, PROGRAM)
  const { code, stderr } = await runNode([program, earlier, file])
  assert.equal(code, 0, stderr)
})
after(() => fs.rmSync(folder, { recursive: true }))

describe('openHeap', () => {
  /** @type {import('seep').Heap} */
  let heap

  before(async () => {
    heap = await openHeap(file)
  })
  after(() => heap.close())

  /** Follows labels from an origin down; the last holder. */
  async function holder(...labels) {
    let key
    let found
    for (const label of labels) {
      const { rows } = await heap.holders({ key, limit: 10_000 })
      found = rows.find(({ edge }) => edge.label === label)
      assert.ok(found, `${label} among ${rows.map(({ edge }) => edge.label).slice(0, 40)}`)
      key = found.key
    }
    return found
  }

  const moduleLabel = () => `module ${path.basename(folder)}/sessions.js`

  it('has the figures of analyzeFile', async () => {
    const analysis = await analyzeFile(file)
    const summary = await heap.summary()
    assert.equal(summary.fileBytes, fs.statSync(file).size)
    for (const name of ['nodeCount', 'edgeCount', 'totalBytes', 'statistics']) {
      assert.deepEqual(summary[name], analysis[name], name)
    }
    assert.equal(summary.specialNodes[0].retainedBytes, analysis.totalBytes)
    const { total, rows } = await heap.classes({ limit: 10_000 })
    assert.equal(total, analysis.classes.length)
    const sorted = (classes) =>
      classes
        .map(({ name, className = name, kind, count, selfBytes, retainedBytes, distance }) =>
          JSON.stringify([className, kind, count, selfBytes, retainedBytes, distance])
        )
        .sort()
    assert.deepEqual(sorted(rows), sorted(analysis.classes))
    const biggest = await heap.find('retained>=0', { limit: 100 })
    assert.deepEqual(
      biggest.objects.rows.map(({ retainedBytes }) => retainedBytes),
      analysis.dominators.map(({ retainedBytes }) => retainedBytes)
    )
  })

  it('leads from a module to what its variables hold', async () => {
    const module = await holder(moduleLabel())
    assert.equal(module.location.file, path.join(folder, 'sessions.js'))
    const map = await holder(moduleLabel(), 'sessions')
    assert.deepEqual([map.className, map.count], ['Map', 1])
    const items = await holder(moduleLabel(), 'sessions', '[…]')
    assert.deepEqual([items.className, items.count], ['Session', 400])
    assert.equal(items.location.line, 3)
    assert.ok(map.heldBytes > items.heldBytes && items.heldBytes > items.selfBytes)
    const origins = await heap.holders({ limit: 10_000 })
    const held = origins.rows.reduce((sum, row) => sum + row.heldBytes, 0)
    const { nodes, snapshot } = JSON.parse(fs.readFileSync(file, 'utf8'))
    const fields = snapshot.meta.node_fields
    let own = 0
    for (let at = fields.indexOf('self_size'); at < nodes.length; at += fields.length)
      own += nodes[at]
    assert.equal(held, own, 'each object counts in one holder')
  })

  it('counts classes before anything else has been worked out', async () => {
    const fresh = await openHeap(file)
    const { rows } = await fresh.classes({ retained: false, sort: 'count', filter: 'session' })
    const session = rows.find(({ className }) => className === 'Session')
    assert.deepEqual([session.count, session.retainedBytes, session.distance], [400, null, null])
    await fresh.close()
  })

  it('lists objects in pages, and by what holds them', async () => {
    const { className } = (await heap.classes({ filter: 'Session' })).rows[0]
    assert.equal(className, 'Session')
    const all = await heap.instances({ className, sort: 'id', limit: 400 })
    assert.equal(all.total, 400)
    const page = await heap.instances({ className, sort: 'id', offset: 398, limit: 10 })
    assert.deepEqual(page, { total: 400, rows: all.rows.slice(398) })
    const { instances } = await analyzeFile(file, { className })
    const biggest = await heap.instances({ className, limit: 100 })
    assert.deepEqual(
      biggest.rows.map(({ id, retainedBytes }) => [id, retainedBytes]),
      instances.objects.map(({ id, retainedBytes }) => [id, retainedBytes])
    )
    const held = await heap.instances({ className, groupBy: 'holder' })
    assert.equal(
      held.rows.reduce((sum, { objects }) => sum + objects, 0),
      400
    )
    assert.deepEqual(held.rows[0].path, [moduleLabel(), 'sessions', '[…]'])
    const { key } = held.rows[0].holder
    const inside = await heap.instances({ className, holder: key })
    assert.equal(inside.total, held.rows[0].objects)
    const merged = await heap.mergedPaths({ className })
    assert.deepEqual([merged.objects, merged.rows[0].objects], [400, 400])
    assert.equal(merged.rows[0].holder.edge.label, moduleLabel())
  })

  it('shows one object: paths, fields, retainers, dominators', async () => {
    const [{ id }] = (await heap.instances({ className: 'Session', limit: 1 })).rows
    const object = await heap.object(id)
    const labels = object.path.map(({ edge }) => edge.label)
    assert.deepEqual(labels, [moduleLabel(), 'sessions', '[…]'])
    assert.equal(object.path.at(-1).id, id)
    assert.equal(object.shortestPath.at(-1).id, id)
    assert.equal(object.shortestPath.length, object.distance)
    assert.equal(object.location.function_name ?? object.location.functionName, 'Session')
    assert.ok(object.fields.rows.some(({ edge }) => edge.name === 'token'))
    assert.equal(object.text, null)
    const { paths } = await analyzeFile(file, { paths: [id] })
    const retainers = await heap.retainers(id)
    assert.equal(retainers.total, paths[0].retainerCount)
    assert.equal(object.retainerCount, retainers.total)
    assert.deepEqual(retainers.rows, paths[0].retainers)
    const plain = await heap.path(id)
    assert.deepEqual(plain.steps, object.shortestPath)
    const around = await heap.path(id, { ignore: [plain.steps.at(-2).id] })
    assert.ok(around.steps.every((step) => step.id !== plain.steps.at(-2).id))
    const below = await heap.dominators({ id: object.dominatorId, limit: 10_000 })
    assert.equal(below.node.id, object.dominatorId)
    assert.ok(below.rows.some((row) => row.id === id))
    assert.equal(below.rows.length + below.others.count, below.total)
    const byClass = await heap.dominators({ id: object.dominatorId, groupBy: 'class' })
    const alike = byClass.rows.find(({ className }) => className === object.className)
    const ofClass = await heap.dominators({ id: object.dominatorId, classId: alike.classId })
    assert.equal(alike.count, ofClass.total)
    assert.deepEqual(alike.only, ofClass.total === 1 ? ofClass.rows[0] : null)
    const few = await heap.dominators({ limit: 3 })
    assert.equal(few.rows.length, 3)
    const sum = few.rows.reduce((bytes, row) => bytes + row.retainedBytes, few.others.retainedBytes)
    assert.equal(sum + few.node.selfBytes, few.node.retainedBytes)
  })

  it('finds one holder by its key, with the steps that lead to it', async () => {
    const items = await holder(moduleLabel(), 'sessions', '[…]')
    const { path: steps, ...row } = await heap.holder(items.key)
    assert.deepEqual(row, items)
    assert.deepEqual(
      steps.map(({ edge }) => edge.label),
      [moduleLabel(), 'sessions', '[…]']
    )
    assert.equal(steps.at(-1).key, items.key)
    assert.equal((await heap.holder(steps[0].key)).edge.label, moduleLabel())
    assert.equal(await heap.holder('0123456789abcdef'), null)
  })

  it('suspects a holder with many like items', async () => {
    const { total, rows } = await heap.suspects({ limit: 1 })
    assert.ok(total >= rows.length)
    const [first] = rows
    assert.deepEqual([first.kind, first.className, first.count], ['manyItems', 'Session', 400])
    const items = await holder(moduleLabel(), 'sessions', '[…]')
    assert.deepEqual(first.holder, items)
    assert.equal(first.bytes, items.heldBytes)
    assert.deepEqual(
      first.path.map(({ edge }) => edge.label),
      [moduleLabel(), 'sessions', '[…]']
    )
    const { totalBytes } = await heap.summary()
    assert.equal(first.fraction, first.bytes / totalBytes)
  })

  it('draws the biggest cells of a tree', async () => {
    const below = (rows, parent) => rows.filter((row) => row.parent === parent)
    const sum = (rows) => rows.reduce((bytes, row) => bytes + row.bytes, 0)
    for (const of of ['dominators', 'holders']) {
      const { totalBytes, selfBytes, rows } = await heap.tree({ of, limit: 200 })
      assert.equal(rows.filter(({ others }) => others === 0).length, 200)
      assert.equal(sum(below(rows, null)) + selfBytes, totalBytes)
      for (const [at, row] of rows.entries()) {
        const cells = below(rows, at)
        assert.ok(cells.every(({ depth }) => depth === row.depth + 1))
        if (cells.length > 0) assert.equal(sum(cells) + row.selfBytes, row.bytes)
      }
    }
    const { key, heldBytes } = await holder(moduleLabel(), 'sessions')
    const map = await heap.tree({ of: 'holders', key, depth: 1 })
    assert.equal(map.totalBytes, heldBytes)
    assert.ok(map.rows.some(({ label, count }) => label.startsWith('[…]') && count >= 400))
    const [{ id }] = (await heap.instances({ className: 'Session', limit: 1 })).rows
    const session = await heap.tree({ id })
    assert.equal(session.totalBytes, (await heap.object(id)).retainedBytes)
    assert.equal(await heap.tree({ id: 4_000_000_000 }), null)
    assert.equal(await heap.tree({ of: 'holders', key: '0123456789abcdef' }), null)
  })

  it('pages through fields, and looks for other retainers', async () => {
    const [{ id }] = (await heap.instances({ className: 'Session', limit: 1 })).rows
    const { fields, path, shortestPath } = await heap.object(id, { filter: 'TOK', paths: false })
    assert.deepEqual([fields.total, fields.rows[0].edge.name], [1, 'token'])
    assert.deepEqual([path, shortestPath], [[], []])
    const all = await heap.object(id)
    const page = await heap.object(id, { offset: 1, limit: 1 })
    assert.deepEqual(page.fields, { total: all.fields.total, rows: [all.fields.rows[1]] })
    const pair = { className: 'Session', sort: 'id', offset: 50, limit: 2 }
    const [one, other] = (await heap.instances(pair)).rows
    const { dominatorId } = await heap.object(one.id)
    const plain = await heap.retainers(one.id, { weak: false })
    assert.ok(plain.rows.every((row) => row.isHeld === undefined))
    const held = await heap.retainers(one.id, { weak: false, ignore: [other.id] })
    assert.deepEqual(
      held.rows,
      plain.rows.map((row) => ({ ...row, isHeld: true }))
    )
    const gone = await heap.retainers(one.id, { weak: false, ignore: [dominatorId] })
    assert.ok(gone.rows.every((row) => row.id !== dominatorId && row.isHeld === false))
    const [token] = fields.rows
    const { total } = await heap.retainers(token.id)
    assert.ok((await heap.retainers(token.id, { ignore: [id] })).total < total)
  })

  it('returns one list of a search or comparison, page by page', async () => {
    const words = await heap.find('session', { limit: 10_000 })
    const holders = await heap.find('session', { list: 'holders', offset: 1, limit: 2 })
    assert.deepEqual(holders, {
      total: words.holders.total,
      rows: words.holders.rows.slice(1, 3)
    })
    assert.deepEqual(await heap.find('session', { list: 'classes' }), words.classes)
    const objects = await heap.find('Session', { list: 'objects', limit: 1 })
    assert.ok(objects.total >= 400 && objects.rows.length === 1)
    const both = await heap.compare([earlier], { limit: 10_000 })
    for (const list of ['classes', 'holders']) {
      const { files, total, rows } = await heap.compare([earlier], { list, offset: 1, limit: 3 })
      assert.deepEqual([files, total], [both.files, both[list].total])
      assert.deepEqual(rows, both[list].rows.slice(1, 4))
    }
  })

  it('says how far it is', async () => {
    const told = []
    const other = await openHeap(file, { onProgress: (progress) => told.push(progress) })
    const stages = () => [...new Set(told.map(({ stage }) => stage))]
    assert.deepEqual(stages(), ['reading', 'graph', 'classes'])
    const size = fs.statSync(file).size
    const reading = told.filter(({ stage }) => stage === 'reading')
    assert.deepEqual(reading.at(-1), { stage: 'reading', doneBytes: size, totalBytes: size })
    assert.deepEqual(told.at(-1), { stage: 'classes', doneBytes: null, totalBytes: null })
    told.length = 0
    await other.ready({ onProgress: (progress) => told.push(progress) })
    assert.deepEqual(stages(), ['dominators', 'holders', 'retainers', 'strings'])
    assert.equal(told.length, 4)
    await other.close()
    const error = new Error('from the callback')
    const onProgress = () => {
      throw error
    }
    await assert.rejects(openHeap(file, { onProgress }), error)
    await assert.rejects(heap.ready({ onProgress }), error)
    await assert.rejects(openHeap(file, { onProgress: 5 }), { code: 'ERR_INVALID_ARG_TYPE' })
  })

  it('finds by words and by expressions', async () => {
    const words = await heap.find('session')
    assert.ok(words.classes.rows.some(({ className }) => className === 'Session'))
    assert.ok(words.holders.rows.some(({ path }) => path.at(-1) === 'sessions'))
    assert.equal(words.objects.total, 0)
    const { objects } = await heap.find('class:Session in:sessions retained>1B', { limit: 1 })
    assert.equal(objects.total, 400)
    const [{ id, retainedBytes }] = objects.rows
    assert.equal((await heap.find(`@${id}`)).objects.rows[0].id, id)
    const exact = await heap.find(`@${id} retained=${retainedBytes} self<1MB distance>0`)
    assert.equal(exact.objects.total, 1)
    assert.equal((await heap.find(`@${id} retained>1GB`)).objects.total, 0)
  })

  it('says what would be freed, and which strings are copies', async () => {
    const { rows } = await heap.instances({ className: 'Session', limit: 10 })
    const ids = rows.map(({ id }) => id)
    const freed = await heap.whatIf({ ids: [...ids, ...ids] })
    assert.deepEqual([freed.objects, freed.outermost], [10, 10])
    assert.equal(
      freed.freedBytes,
      rows.reduce((sum, row) => sum + row.retainedBytes, 0)
    )
    const map = await holder(moduleLabel(), 'sessions')
    const both = await heap.whatIf({ ids: [...ids, map.sampleId] })
    assert.deepEqual([both.objects, both.outermost], [11, 1])
    const copies = await heap.strings({ filter: 'token' })
    const token = copies.rows.find(({ path }) => path.at(-1) === '.token')
    assert.deepEqual([token.copies, token.distinct], [400, 1])
    const analysis = await analyzeFile(file)
    assert.equal(copies.extraCopies, analysis.duplicates.extraCopies)
    assert.equal(copies.wastedBytes, analysis.duplicates.wastedBytes)
    const inside = await heap.strings({ holder: token.holder.key })
    assert.deepEqual([inside.rows[0].copies, inside.rows[0].text], [400, null])
  })

  it('compares with an earlier snapshot', async () => {
    const { files, classes, holders } = await heap.compare([earlier], { sort: 'countDelta' })
    assert.deepEqual(
      files.map((row) => row.path),
      [earlier, file]
    )
    const session = classes.rows.find(({ className }) => className === 'Session')
    assert.deepEqual(session.counts, [300, 400])
    const items = holders.rows.find(({ holder }) => holder.className === 'Session')
    assert.deepEqual(items.counts, [300, 400])
    assert.ok(items.heldBytes[1] > items.heldBytes[0])
  })

  it('lists the objects that are new or gone since an earlier snapshot of the process', async () => {
    const changes = await heap.changes(earlier, { filter: 'Session' })
    assert.equal(changes.isSameProcess, true)
    const row = changes.rows.find(({ className }) => className === 'Session')
    const counts = await heap.compare([earlier], { list: 'classes', filter: 'Session' })
    const [before, now] = counts.rows.find(({ className }) => className === 'Session').counts
    assert.equal(row.newCount - row.deletedCount, now - before)
    assert.ok(row.newCount > 0)
    const since = { classId: row.classId, since: earlier, limit: 10_000 }
    const news = await heap.instances(since)
    assert.equal(news.total, row.newCount)
    const other = await openHeap(earlier)
    for (const { id } of news.rows) assert.equal(await other.object(id, { paths: false }), null)
    const back = await other.changes(file, { filter: 'Session' })
    const gone = back.rows.find(({ className }) => className === 'Session')
    assert.equal(gone.deletedCount, row.newCount)
    await other.close()
    const [held] = (await heap.instances({ ...since, groupBy: 'holder' })).rows
    assert.equal(held.path.at(-1), '[…]')
    assert.deepEqual((await heap.changes(file)).rows, [], 'the same file has the same objects')
  })

  it('tells from the ids whether two snapshots are of one process', async () => {
    const stranger = path.join(folder, 'stranger.heapsnapshot')
    const { code, stderr } = await runNode(['-e', STRANGER, stranger])
    assert.equal(code, 0, stderr)
    const changes = await heap.changes(stranger)
    assert.deepEqual([changes.isSameProcess, changes.total, changes.newCount], [false, 0, 0])
    assert.equal((await heap.instances({ className: 'Session', since: stranger })).total, 0)
  })

  it('does not show what strings say, unless it was opened so', async () => {
    const told = await openHeap(file, { contents: true })
    try {
      const { rows } = await told.strings({ filter: 'token' })
      const inside = await told.strings({ holder: rows[0].holder.key })
      assert.equal(inside.rows[0].text, 'a secret that is copied')
      const { text } = await told.object(inside.rows[0].sampleId)
      assert.equal(text, 'a secret that is copied')
      const silent = await heap.object(inside.rows[0].sampleId)
      assert.deepEqual([silent.text, silent.name], [null, ''])
    } finally {
      await told.close()
    }
  })

  it('answers the same from a gzipped file', async () => {
    const packed = path.join(folder, 'packed.heapsnapshot.gz')
    fs.writeFileSync(packed, zlib.gzipSync(fs.readFileSync(file), { level: 1 }))
    const other = await openHeap(packed, { contents: true })
    assert.deepEqual(await other.classes(), await heap.classes())
    const { rows } = await other.strings({ filter: 'token' })
    const inside = await other.strings({ holder: rows[0].holder.key })
    assert.equal(inside.rows[0].text, 'a secret that is copied')
    await other.close()
  })

  it('answers several questions at once, the same as one by one', async () => {
    const fresh = await openHeap(file)
    const ask = (it) => [
      it.summary(),
      it.classes({ sort: 'count' }),
      it.holders(),
      it.dominators(),
      it.instances({ className: 'Session' }),
      it.strings(),
      it.ready()
    ]
    const summary = ({ fileBytes: _, ...rest }) => rest
    const [one, ...rest] = await Promise.all(ask(fresh))
    const [same, ...others] = await Promise.all(ask(heap))
    assert.deepEqual(summary(one), summary(same))
    assert.deepEqual(rest, others)
    await fresh.close()
  })

  it('has null for what is not in the snapshot', async () => {
    assert.equal(await heap.object(4_000_000_000), null)
    assert.equal(await heap.retainers(4_000_000_000), null)
    assert.equal(await heap.path(4_000_000_000), null)
    assert.equal(await heap.dominators({ id: 4_000_000_000 }), null)
    assert.equal(await heap.holders({ key: '0123456789abcdef' }), null)
    const none = await heap.instances({ className: 'NoSuchClass' })
    assert.deepEqual(none, { total: 0, rows: [] })
  })

  it('names a wrong option at once, and what it takes', async () => {
    const value = (message) => ({ code: 'ERR_INVALID_ARG_VALUE', message })
    const type = (message) => ({ code: 'ERR_INVALID_ARG_TYPE', message })
    assert.throws(() => heap.classes({ sort: 'size' }), value(/"sort" must be 'retainedBytes', /))
    assert.throws(() => heap.classes({ limit: 1e6 }), value(/"limit" must be an integer from 0 to/))
    assert.throws(() => heap.classes({ limits: 5 }), value(/Did you mean "limit"/))
    assert.throws(() => heap.classes({ only: 'lost' }), value(/"only" must be 'all', /))
    assert.throws(() => heap.classes(null), type(/must be an object/))
    assert.throws(() => heap.instances({}), type(/classId, className must be given/))
    assert.throws(() => heap.instances({ className: 'A', groupBy: 'x' }), value(/'holder'/))
    assert.throws(() => heap.object('17'), type(/an object id/))
    assert.throws(() => heap.object(1.5), value(/integer/))
    assert.throws(() => heap.path(17, { ignore: [-1] }), value(/"ignore" must be an array/))
    assert.throws(() => heap.holders({ key: 'sessions' }), value(/a key of a holder/))
    assert.throws(() => heap.holder(5), type(/a key of a holder/))
    assert.throws(() => heap.holder('x'), value(/a key of a holder/))
    assert.throws(() => heap.tree({ limit: 5001 }), value(/from 1 to 5000 \(cells\)/))
    assert.throws(() => heap.tree({ of: 'holders', id: 5 }), value(/"id" must be left out/))
    assert.throws(() => heap.find('x', { list: 'strings' }), value(/"list" must be 'classes', /))
    const long = 'x'.repeat(4097)
    assert.throws(() => heap.classes({ filter: long }), value(/"filter" .* up to 4096 characters/))
    assert.throws(() => heap.find(long), value(/up to 4096 characters/))
    assert.throws(() => heap.whatIf({}), type(/classId, className, ids/))
    assert.throws(() => heap.find(5), type(/a string/))
    assert.throws(() => heap.find('retained>lots'), value(/"retained>lots" must be a size/))
    assert.throws(() => heap.find('distance>1MB'), value(/a whole number/))
    assert.throws(() => heap.find('retaind>1MB'), value(/did you mean "retained"/))
    assert.throws(() => heap.find('@x'), value(/an object id such as @17/))
    assert.throws(() => heap.find('class:A class:B'), value(/only one/))
    assert.throws(() => heap.compare([]), value(/one snapshot file or more/))
    await assert.rejects(openHeap(5), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(openHeap(file, { content: true }), value(/Did you mean "contents"/))
    await assert.rejects(openHeap(file, { maxMemoryBytes: 0 }), value(/"maxMemoryBytes"/))
  })

  it('can be aborted', async () => {
    const reason = new Error('enough')
    const aborted = AbortSignal.abort(reason)
    await assert.rejects(openHeap(file, { signal: aborted }), reason)
    await assert.rejects(heap.summary({ signal: aborted }), reason)
    const opening = new AbortController()
    const opened = openHeap(file, { signal: opening.signal })
    opening.abort(reason)
    await assert.rejects(opened, reason)
    const asking = new AbortController()
    const queries = Array.from({ length: 5 }, () => heap.compare([file], { signal: asking.signal }))
    asking.abort(reason)
    for (const query of queries) await assert.rejects(query, reason)
    assert.equal((await heap.instances({ className: 'Session' })).total, 400)
  })

  it('rejects once it is closed, and gives back what it took', async () => {
    const other = await openHeap(file)
    const running = other.ready()
    const waiting = [other.classes(), other.summary(), other.strings(), other.holders()]
    const settled = Promise.allSettled([running, ...waiting])
    await other.close()
    await other[Symbol.asyncDispose]()
    await assert.rejects(other.summary(), { code: 'ERR_HEAP_CLOSED' })
    for (const { status, reason } of await settled) {
      assert.ok(status === 'fulfilled' || reason.code === 'ERR_HEAP_CLOSED', reason?.stack)
    }
  })

  it('is closed when nobody refers to it any more', async () => {
    v8.setFlagsFromString('--expose-gc')
    const gc = vm.runInNewContext('gc')
    let collected = false
    const registry = new FinalizationRegistry(() => (collected = true))
    await (async () => registry.register(await openHeap(file), null))()
    for (let i = 0; i < 50 && !collected; i++) {
      gc()
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok(collected)
  })

  it('takes no more memory than it may', async () => {
    const error = { code: 'ERR_CAPTURE_NO_MEMORY' }
    await assert.rejects(openHeap(file, { maxMemoryBytes: 1 << 20 }), error)
    const small = await openHeap(file, { maxMemoryBytes: 1 << 30 })
    assert.equal((await small.summary()).nodeCount, (await heap.summary()).nodeCount)
    await small.close()
  })

  it('says where a bad file goes wrong', async () => {
    const broken = path.join(folder, 'broken.heapsnapshot')
    fs.writeFileSync(broken, tinySnapshot().slice(0, 300))
    await assert.rejects(openHeap(broken), {
      code: 'ERR_SNAPSHOT_TRUNCATED',
      path: broken,
      offset: 300
    })
    await assert.rejects(openHeap(path.join(folder, 'none')), { code: 'ERR_FILE_OS' })
    await assert.rejects(heap.compare([broken]), { code: 'ERR_SNAPSHOT_TRUNCATED' })
    const changing = path.join(folder, 'changing.heapsnapshot')
    fs.writeFileSync(changing, tinySnapshot())
    const tiny = await openHeap(changing, { contents: true })
    assert.equal((await tiny.object(5)).text, 'content')
    fs.appendFileSync(changing, '\n')
    await assert.rejects(tiny.object(5), { code: 'ERR_FILE_OS', message: /has changed/ })
    await tiny.close()
  })
})
