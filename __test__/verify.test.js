'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { compareFiles, verifyFiles } = require('seep')
const { judgeFix } = require('../lib/fix-verdict')
const { runNode } = require('./support/program')

const seep = (args, options) => runNode(['bin/seep.js', ...args], options)

describe('seep verify', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-verify-'))
  /** The snapshots of the program with each change to it. */
  const files = (change) =>
    [1, 2, 3, 4].map((round) => path.join(folder, `${change}-${round}.heapsnapshot`))

  before(() => {
    const program = `
      class Visit { constructor(i) { this.page = 'page ' + i; this.seen = [i, {}] } }
      const visits = new Map()
      const archive = new Map()
      Object.assign(exports, { visits, archive })
      const changes = {
        none: (key) => visits.set(key, new Visit(key)),
        limit: (key) => visits.set(key % 1000, new Visit(key)),
        fewer: (key) => key % 5 || visits.set(key, new Visit(key)),
        move: (key) => archive.set(key, new Visit(key))
      }
      const [change, ...files] = process.argv.slice(2)
      let key = 0
      for (const file of files) {
        for (let i = 0; i < 1000; i++) changes[change](key++)
        require('node:v8').writeHeapSnapshot(file)
      }`
    fs.writeFileSync(path.join(folder, 'visits.js'), program)
    for (const change of ['none', 'limit', 'fewer', 'move']) {
      execFileSync(process.execPath, [path.join(folder, 'visits.js'), change, ...files(change)])
      // A minute apart, however busy the machine is.
      for (const [i, file] of files(change).entries()) fs.utimesSync(file, 60 * i, 60 * i)
    }
  })
  after(() => fs.rmSync(folder, { recursive: true }))

  const verify = (change, ...options) =>
    seep(['verify', ...options, ...files('none'), '--', ...files(change)])

  it('says that a leak is gone, and at which pace it grew', async () => {
    const { code, stdout } = await verify('limit')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^seep: verify fixed\n {2}before {2}4 files, 3.0 min: leak, heap \+/)
    assert.match(stdout, /^gone, no longer growing: Visit accumulates in Map `visits`/m)
    assert.match(stdout, /^ {2}before {2}1,000 more per snapshot, \+[\d.]+ kB per snapshot, \+/m)
    const { outcome, reasons, leaks } = await verifyFiles(files('none'), files('limit'))
    assert.deepEqual([outcome, reasons], ['fixed', []])
    assert.deepEqual([leaks.length, leaks[0].status, leaks[0].after], [1, 'gone', null])
    assert.equal(leaks[0].before.itemsPerSnapshot, 1000)
  })

  it('says that a leak remains, slower or not', async () => {
    const [id] = (await compareFiles(files('none'))).leaks.map((leak) => leak.id)
    const slower = await verify('fewer', '--json')
    assert.equal(slower.code, 3)
    const { outcome, leaks } = JSON.parse(slower.stdout)
    assert.deepEqual([outcome, leaks[0].id, leaks[0].status], ['not-fixed', id, 'slower'])
    assert.deepEqual(
      [leaks[0].before.itemsPerSnapshot, leaks[0].after.itemsPerSnapshot],
      [1000, 200]
    )
    const copies = files('none').map((file, i) => {
      fs.copyFileSync(file, `${file}.copy`)
      fs.utimesSync(`${file}.copy`, 60 * i, 60 * i)
      return `${file}.copy`
    })
    const same = await verifyFiles(files('none'), copies)
    assert.deepEqual([same.outcome, same.leaks[0].status], ['not-fixed', 'same'])
  })

  it('does not call a leak fixed that has moved', async () => {
    const { code, stdout } = await verify('move')
    assert.equal(code, 3)
    assert.match(stdout, /^gone, no longer growing: Visit accumulates in Map `visits`/m)
    assert.match(stdout, /^new \([0-9a-f]{16}\):\n {2}before {2}not growing$/m)
    const [id] = (await compareFiles(files('none'))).leaks.map((leak) => leak.id)
    assert.equal((await verify('move', '--leak', id)).code, 3)
  })

  it('cannot tell from too few files, or if there was no leak', async () => {
    const few = await seep(['verify', ...files('none'), '--', ...files('limit').slice(2)])
    assert.equal(few.code, 4)
    assert.match(few.stdout, /^seep: verify undecided\n {2}it takes 3 files or more/)
    const fine = await verifyFiles(files('limit'), files('fewer').slice(0, 3))
    assert.equal(fine.outcome, 'not-fixed')
    const nothing = await verifyFiles(files('limit').slice(0, 3), [
      ...files('limit').slice(3),
      ...files('limit')
        .slice(3)
        .map((file) => copyOf(file, 1)),
      ...files('limit')
        .slice(3)
        .map((file) => copyOf(file, 2))
    ])
    assert.deepEqual(
      [nothing.outcome, nothing.reasons.map(({ code }) => code)],
      ['undecided', ['NO_LEAK_BEFORE']]
    )
    const other = await verifyFiles(files('none'), files('limit'), { leak: '0123456789abcdef' })
    assert.deepEqual(
      other.reasons.map(({ code }) => code),
      ['NO_LEAK_BEFORE']
    )
  })

  function copyOf(file, number) {
    fs.copyFileSync(file, `${file}.${number}`)
    return `${file}.${number}`
  }

  it('says what it takes', async () => {
    const [a, b, c, d] = files('none')
    for (const args of [
      [],
      [a, b, c, d],
      [a, '--', b, c],
      [a, b, '--', c],
      [a, b, '--', b, c],
      [b, a, '--', c, d],
      ['--leek', a, b, '--', c, d],
      ['--leak', 'x', a, b, '--', c, d]
    ]) {
      const { code, stdout, stderr } = await seep(['verify', ...args])
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '))
      assert.match(stderr, /^seep verify: .+\n$/)
    }
    await assert.rejects(verifyFiles([a, b], [b, c]), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(verifyFiles([a, b], [c]), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(verifyFiles([a, b], [c, d], { leak: 7 }), { code: 'ERR_INVALID_ARG_TYPE' })
  })
})

describe('the verdict on a fix', () => {
  const LEAK = {
    id: 'aaaaaaaaaaaaaaaa',
    verdict: 'leak',
    title: 'A',
    growth: { counts: [0, 10, 20, 30], retainedBytes: [0, 1e5, 2e5, 3e5], bytesPerHour: 6e5 }
  }
  const HEAP = { heapBytes: 3e5, explainedBytes: 3e5, engineBytes: 0, unexplainedBytes: 0 }
  const side = (changes = {}, { files = 4, spanMs = 1_800_000 } = {}) => {
    const report = { verdict: 'healthy', leaks: [], suspects: [], resolved: [], growth: HEAP }
    return { report: { ...report, ...changes }, files, spanMs }
  }
  const leaking = side({ verdict: 'leak', leaks: [LEAK] })
  const judge = (after, options) => judgeFix(leaking, after, { minGrowthBytes: 65_536, ...options })
  const suspected = (id) => [{ ...LEAK, id, verdict: 'suspected' }]

  function assertDoubt(after, code, options) {
    const { outcome, reasons } = judge(after, options)
    assert.deepEqual([outcome, reasons.map((reason) => reason.code)], ['undecided', [code]])
  }

  it('needs files in which the leak would have shown at its former pace', () => {
    assert.equal(judge(side()).outcome, 'fixed')
    assertDoubt(side({}, { spanMs: 60_000 }), 'TOO_SHORT')
    assertDoubt(side({ verdict: 'insufficient-data' }), 'TOO_FEW_FILES')
  })

  it('knows paces per snapshot alone if the times of the files do not tell', () => {
    const { outcome, leaks } = judge(side({}, { spanMs: null }))
    assert.equal(outcome, 'fixed')
    assert.equal(leaks[0].before.bytesPerHour, 6e5)
    const still = judge(side({ verdict: 'leak', leaks: [LEAK] }, { spanMs: null }))
    assert.deepEqual([still.leaks[0].status, still.leaks[0].after.bytesPerHour], ['same', null])
  })

  it('calls a leak slower only if it is so by every unit', () => {
    const growth = { counts: [0, 1, 2, 3], retainedBytes: [0, 1e4, 2e4, 3e4], bytesPerHour: 6e5 }
    const status = (changes) => {
      const leaks = [{ ...LEAK, growth: { ...growth, ...changes } }]
      return judge(side({ verdict: 'leak', leaks })).leaks[0].status
    }
    assert.equal(status({}), 'same')
    assert.equal(status({ bytesPerHour: 6e4 }), 'slower')
    assert.equal(status({ ...LEAK.growth, bytesPerHour: 6e6 }), 'same')
    assert.equal(status({ retainedBytes: [0, 1e6, 2e6, 3e6], bytesPerHour: 6e6 }), 'faster')
  })

  it('is in doubt while anything grows that is not confirmed', () => {
    const { outcome, leaks } = judge(side({ verdict: 'suspected', suspects: suspected(LEAK.id) }))
    assert.deepEqual([outcome, leaks[0].verdictAfter], ['not-fixed', 'suspected'])
    assertDoubt(side({ verdict: 'suspected', suspects: suspected('b'.repeat(16)) }), 'NEW_GROWTH')
    assertDoubt(side({ resolved: [LEAK] }), 'STOPPED_LATE')
    const many = suspected('b'.repeat(16)).concat(Array(11).fill(suspected('b'.repeat(16))[0]))
    const { reasons } = judge(side({ verdict: 'suspected', suspects: many }))
    assert.deepEqual(
      reasons.map(({ code }) => code),
      ['TOO_MANY_LEAKS', 'NEW_GROWTH']
    )
  })

  it('is in doubt if the heap still grows without a holder', () => {
    assertDoubt(side({ growth: { ...HEAP, unexplainedBytes: 2e5 } }), 'HEAP_STILL_GROWS')
    assert.equal(judge(side({ growth: { ...HEAP, unexplainedBytes: 1e4 } })).outcome, 'fixed')
  })

  it('judges one of several leaks, whatever the others do', () => {
    const OTHER = { ...LEAK, id: 'b'.repeat(16) }
    const both = side({ verdict: 'leak', leaks: [LEAK, OTHER] })
    const one = side({ verdict: 'leak', leaks: [OTHER] })
    const of = (leak) => judgeFix(both, one, { minGrowthBytes: 65_536, leak }).outcome
    assert.deepEqual(
      [of(undefined), of(LEAK.id), of(OTHER.id)],
      ['not-fixed', 'fixed', 'not-fixed']
    )
  })
})
