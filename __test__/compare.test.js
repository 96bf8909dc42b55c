'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { getEventListeners } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { compareFiles } = require('seep')
const { runNode } = require('./support/program')

const isWindows = process.platform === 'win32'
const seep = (args, options) => runNode(['bin/seep.js', ...args], options)

/** Asserts that whatever has parts for programs also has its text for people, which `pathText` is made of. */
function assertLabels({ container, items, path: [root, ...steps], pathText }) {
  assert.deepEqual([container.label, items.label], ['Map', 'Visit'])
  const lines = pathText.split('\n').map((line) => line.trim().split('  ')[0])
  assert.deepEqual(lines, [
    root.edge.label,
    ...steps.map(({ edge, label }) => `${edge.label} → ${label}`)
  ])
  assert.match(items.location.label, /^[^/]+\/visits\.js:\d+:\d+$/)
}

describe('seep compare', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-compare-'))
  const files = [1, 2, 3, 4].map((round) => path.join(folder, `${round}.heapsnapshot`))

  before(() => {
    const program = `
      class Visit { constructor(i) { this.page = 'page ' + i; this.seen = [i, {}] } }
      const visits = new Map()
      exports.visits = visits
      const files = process.argv.slice(2)
      for (const file of files) {
        for (let i = 0; i < 1000; i++) visits.set(visits.size, new Visit(i))
        require('node:v8').writeHeapSnapshot(file)
      }`
    fs.writeFileSync(path.join(folder, 'visits.js'), program)
    execFileSync(process.execPath, [path.join(folder, 'visits.js'), ...files])
  })
  after(() => fs.rmSync(folder, { recursive: true }))

  it('finds what grew, as the detector would', async () => {
    const { code, stdout } = await seep(['compare', '--json', ...files])
    assert.equal(code, 0)
    const report = JSON.parse(stdout)
    assert.equal(report.verdict, 'leak')
    assert.equal(report.leaks[0].container.name, 'exports.visits')
    assert.equal(report.leaks[0].items.className, 'Visit')
    assertLabels(report.leaks[0])
    assert.deepEqual(report.leaks[0].growth.counts, [1000, 2000, 3000, 4000])
    assert.deepEqual([report.cost, report.memory], [null, null])
    assert.equal((await compareFiles(files)).leaks[0].id, report.leaks[0].id)
  })

  it('reports leaks as text and by its exit code', async () => {
    const { code, stdout } = await seep(['compare', '--fail-on-leak', ...files])
    assert.equal(code, 3)
    assert.match(stdout, /memory leak: Visit accumulates in Map `exports.visits`/)
    for (const [i, file] of files.entries()) assert.ok(stdout.includes(`\n  ${i + 1}  ${file}\n`))
    assert.match(stdout, /3,000 more in 3 checks, [\d.]+ kB per snapshot$/m)
    assert.match(stdout, /^class +objects +added +bytes added$/m)
    assert.match(stdout, /^Visit +4,000 +\+3,000 +\+[\d.]+ kB$/m)
    const copy = path.join(folder, 'copy.heapsnapshot')
    fs.copyFileSync(files[3], copy)
    const same = await seep(['compare', '--fail-on-leak', files[3], copy])
    assert.equal(same.code, 0)
  })

  it('hides names where a detector would', async () => {
    const { leaks } = await compareFiles(files, { redactNames: true })
    assert.match(leaks[0].container.name, /~[0-9a-f]{8}/)
    assert.doesNotMatch(leaks[0].container.name, /visits/)
    const env = { SEEP_REDACT_NAMES: '1' }
    const { stdout } = await seep(['compare', '--json', ...files], { env })
    assert.ok(!/\bvisits\b(?!\.js)/.test(stdout), stdout)
    assert.equal(JSON.parse(stdout).leaks[0].id, leaks[0].id)
  })

  it('does not count what seep held in the process', async () => {
    // Listeners of a package, each of which holds something.
    const held = (name) => {
      const lib = path.join(folder, 'node_modules', name, 'lib')
      fs.mkdirSync(lib, { recursive: true })
      const listen = `
        process.setMaxListeners(0)
        exports.listen = () => {
          for (let i = 0; i < 1000; i++) {
            const report = Array.from({ length: 50 }, () => ({ i }))
            process.on('report', () => report)
          }
        }`
      fs.writeFileSync(path.join(lib, 'listen.js'), listen)
      const program = path.join(folder, `with-${name}.js`)
      const own = files.map((_, i) => path.join(folder, `${name}-${i}.heapsnapshot`))
      fs.writeFileSync(
        program,
        `const { listen } = require('${name}/lib/listen')
        for (const file of process.argv.slice(2)) {
          listen()
          require('node:v8').writeHeapSnapshot(file)
        }`
      )
      execFileSync(process.execPath, [program, ...own])
      return own
    }
    const reported = async (snapshots) => {
      const { leaks, suspects } = await compareFiles(snapshots)
      return [...leaks, ...suspects].map(({ container }) => container.name)
    }
    // Node 26 has more than one way to `process`.
    assert.match(String(await reported(held('another'))), /^(process\.)?_events\.report$/)
    assert.deepEqual(await reported(held('seep')), [])
  })

  it('says what it takes', async () => {
    assert.equal((await seep(['compare', files[0]])).code, 2)
    await assert.rejects(compareFiles([files[0]]), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(compareFiles(files, null), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(compareFiles(files, { minCheck: 2 }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(compareFiles(files, { signal: AbortSignal.abort(new Error('enough')) }), {
      message: 'enough'
    })
  })

  it('refuses files whose times contradict their order, unless --keep-order is given', async () => {
    const disorder = [files[0], files[3], files[1], files[2]]
    const { code, stdout, stderr } = await seep(['compare', ...disorder])
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
    assert.match(stderr, /2\.heapsnapshot is older than .+4\.heapsnapshot.+--keep-order/)
    assert.equal((await seep(['compare', '--keep-order', ...disorder])).code, 0)
    await assert.rejects(compareFiles([files[0], files[0]]), { code: 'ERR_INVALID_ARG_VALUE' })
  })

  it('refuses to write its page over a snapshot or another file', async () => {
    const before = fs.readFileSync(files[0])
    const forgotten = await seep(['compare', '--html', ...files])
    assert.equal(forgotten.code, 2)
    assert.match(
      forgotten.stderr,
      /--html needs the name of a file for the page; .+ is named like a snap/
    )
    assert.ok(fs.readFileSync(files[0]).equals(before))
    const notes = path.join(folder, 'notes.html')
    fs.writeFileSync(notes, '<!doctype html><title>mine</title>')
    const { code, stderr } = await seep(['compare', '--html', notes, ...files])
    assert.equal(code, 2)
    assert.match(stderr, /notes\.html exists and is not a page of seep/)
    assert.match(fs.readFileSync(notes, 'utf8'), /mine/)
  })

  it('names the one file that is missing or broken', async () => {
    const missing = path.join(folder, 'missing.heapsnapshot')
    const rejected = compareFiles([files[0], missing, files[2]])
    await assert.rejects(rejected, (error) => {
      assert.deepEqual([error.code, error.path], ['ERR_FILE_OS', missing])
      assert.equal(error.message, `${missing}: no such file`)
      return true
    })
    const broken = path.join(folder, 'broken.heapsnapshot')
    fs.writeFileSync(broken, fs.readFileSync(files[1]).subarray(0, 60_000))
    const { code, stderr } = await seep(['compare', '--keep-order', files[0], broken, files[2]])
    assert.equal(code, 1)
    assert.equal(stderr, `seep compare: ${broken}: the snapshot ends early, after 60000 bytes\n`)
  })

  it('knows no share of the whole where one of the files is a pipe', {
    skip: isWindows
  }, async () => {
    const { NativeProgress } = require('../binding')
    const { compareWithProgress } = require('../lib/files')
    const pipe = path.join(folder, 'unknown-length')
    execFileSync('mkfifo', [pipe])
    const progress = new NativeProgress()
    const comparison = compareWithProgress([files[0], pipe], {}, progress)
    // The pipe opens when the first file has been read.
    const writer = await fs.promises.open(pipe, 'w')
    assert.deepEqual([progress.share(), progress.bytes()], [-1, fs.statSync(files[0]).size])
    await writer.writeFile(fs.readFileSync(files[1]))
    await writer.close()
    assert.equal((await comparison).snapshot.jsonBytes, fs.statSync(files[1]).size)
  })

  it('ends between two files when its signal aborts', { skip: isWindows }, async () => {
    const pipe = path.join(folder, 'pipe')
    execFileSync('mkfifo', [pipe])
    const controller = new AbortController()
    const { signal } = controller
    const comparison = compareFiles([files[0], pipe, files[1]], { signal })
    // The pipe opens when the first file has been read.
    const writer = await fs.promises.open(pipe, 'w')
    controller.abort()
    await assert.rejects(comparison, { name: 'AbortError' })
    assert.equal(getEventListeners(signal, 'abort').length, 0)
    await writer.close()
  })
})
