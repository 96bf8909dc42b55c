'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const v8 = require('node:v8')
const zlib = require('node:zlib')
const { analyzeFile, compareFiles } = require('seep')
const { version } = require('../package.json')
const { ROOT, cleanEnvironment, runNode } = require('./support/program')

const isWindows = process.platform === 'win32'

/** What `seep run` leaves behind while it runs. */
const runFolders = () => fs.readdirSync(os.tmpdir()).filter((name) => name.startsWith('seep-run-'))

/** A command that is still running. */
function start(args) {
  const child = spawn(process.execPath, ['bin/seep.js', ...args], {
    cwd: ROOT,
    env: cleanEnvironment({ SEEP_ENABLED: '0' }),
    timeout: 120_000
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text) => {
    stdout += text
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  return {
    kill: (signal) => child.kill(signal),
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, stdout })),
    async said(words) {
      while (!stderr.includes(words)) await once(child.stderr, 'data')
    }
  }
}

const seep = (args, options) => runNode(['bin/seep.js', ...args], options)

describe('seep', () => {
  it('says its version and how it is used', async () => {
    assert.deepEqual(await seep(['--version']), {
      code: 0,
      signal: null,
      stdout: `${version}\n`,
      stderr: ''
    })
    assert.match((await seep(['--help'])).stdout, /seep run/)
  })

  it('helps with each command, by examples and exit codes', async () => {
    for (const name of ['run', 'analyze', 'compare', 'demo']) {
      const { code, stdout } = await seep([name, '--help'])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^  seep ${name}`, 'm'))
      assert.equal((await seep(['help', name])).stdout, stdout)
    }
    assert.match((await seep(['run', '--help'])).stdout, /seep run --fail-on-leak -- npm test/)
  })

  it('leaves with 2 when it does not understand', async () => {
    for (const args of [[], ['dance'], ['run'], ['run', '--fast', '--', 'node']]) {
      const { code, stdout, stderr } = await seep(args)
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.match(stderr, /^seep/)
    }
  })
})

describe('seep run', () => {
  const program = 'console.log(process.argv.slice(1).join()); process.exitCode = 7'

  it('runs a program with the detector on, and ends as it does', async () => {
    const { code, stdout } = await seep(
      [
        'run',
        '--',
        process.execPath,
        '-e',
        `${program}; console.log(Symbol.for('seep.registered') in globalThis)`,
        'a',
        '--b'
      ],
      { env: { SEEP_ENABLED: '0' } }
    )
    assert.deepEqual({ code, stdout }, { code: 7, stdout: 'a,--b\ntrue\n' })
  })

  it('keeps the NODE_OPTIONS that were there', async () => {
    const { stdout } = await seep(['run', '--', process.execPath, '-p', 'process.title'], {
      env: { SEEP_ENABLED: '0', NODE_OPTIONS: '--title=mine' }
    })
    assert.equal(stdout, 'mine\n')
  })

  it('leaves the help of the program to the program', async () => {
    const { stdout } = await seep(['run', '--', process.execPath, '--help'], {
      env: { SEEP_ENABLED: '0' }
    })
    assert.match(stdout, /Usage: node/)
  })

  it('passes signals on, and ends as the program does', { skip: isWindows }, async () => {
    const waits = `
      process.once('SIGTERM', () => { console.log('asked to end'); process.exit(5) })
      process.once('SIGUSR2', () => { console.log('told'); console.error('told') })
      console.error('ready')
      setInterval(() => {}, 1000)`
    const child = start(['run', '--', process.execPath, '-e', waits])
    await child.said('ready')
    child.kill('SIGUSR2')
    await child.said('told')
    child.kill('SIGTERM')
    assert.deepEqual(await child.ended, { code: 5, signal: null, stdout: 'told\nasked to end\n' })

    const deaf = start([
      'run',
      '--',
      process.execPath,
      '-e',
      "console.error('ready'); setInterval(() => {}, 1000)"
    ])
    await deaf.said('ready')
    deaf.kill('SIGTERM')
    assert.equal((await deaf.ended).code, 128 + 15)
  })

  it('says so when the program cannot be started', async () => {
    const { code, stderr } = await seep(['run', '--', './no-such-program'])
    assert.equal(code, 127)
    assert.match(stderr, /no-such-program cannot be started/)
  })
})

describe('seep run --fail-on-leak', () => {
  const failing = (args, env = {}) =>
    seep(['run', '--fail-on-leak', ...args], { env: { SEEP_MAX_PAUSE_MS: '60000', ...env } })
  /** Leaks in a process that a process starts, as a test runner would. */
  const leaky = [
    process.execPath,
    '-e',
    "process.exitCode = require('node:child_process').spawnSync(process.execPath, ['__test__/fixtures/leaks-until-told.js'], { stdio: 'inherit' }).status"
  ]

  it('fails when a process below the program leaks, and tells the leak', async () => {
    const before = runFolders()
    const { code, stdout, stderr } = await failing(['--', ...leaky])
    assert.equal(code, 3, stderr)
    assert.equal(stdout, 'ended\n')
    assert.match(stderr, /^seep run: a memory leak$/m)
    assert.match(stderr, /Visit accumulates in Array `visits`/)
    assert.match(stderr, /visits → Array/)
    assert.deepEqual(runFolders(), before)
  })

  it('tells scripts as JSON, and leaves reports where the operator wants them', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-cli-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const env = { SEEP_REPORT_DIR: folder }
    const { code, stderr } = await failing(['--json', '--', ...leaky], env)
    assert.equal(code, 3, stderr)
    const events = stderr
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line))
    const { leak } = events.find(({ event }) => event === 'leak')
    assert.equal(leak.items.className, 'Visit')
    assert.ok(fs.existsSync(path.join(folder, `seep-leak-${leak.id}.json`)))
    // An old report is not a new leak.
    assert.equal((await failing(['--', process.execPath, '-e', ''], env)).code, 0)
  })

  it('ends as the program does when nothing leaks, or when that has failed itself', async () => {
    const { code, stderr } = await failing(['--', process.execPath, '-e', ''])
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
    const failed = await failing(['--', ...leaky], { EXIT_CODE: '9' })
    assert.equal(failed.code, 9)
    assert.match(failed.stderr, /a memory leak/)
  })
})

describe('seep analyze', () => {
  class Needle {}
  const COPIED = 'a copied secret, '.repeat(50)
  // Flat strings of their own, which V8 does not share.
  const copies = Array.from({ length: 9 }, () => Buffer.from(`${COPIED}!`).toString('latin1'))
  const needles = Array.from({ length: 17 }, () => new Needle())
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-analyze-'))
  const file = path.join(folder, 'heap.heapsnapshot')
  const broken = path.join(folder, 'broken.heapsnapshot')

  before(() => {
    v8.writeHeapSnapshot(file)
    fs.writeFileSync(broken, fs.readFileSync(file).subarray(0, 50_000))
    assert.equal(needles.length + copies.length, 26)
  })
  after(() => fs.rmSync(folder, { recursive: true }))

  it('prints the figures of a snapshot as one object', async () => {
    const { code, stdout } = await seep(['analyze', '--json', '--ids', '1', file])
    assert.equal(code, 0)
    const analysis = JSON.parse(stdout)
    const { snapshot } = JSON.parse(fs.readFileSync(file, 'utf8'))
    assert.equal(analysis.nodeCount, snapshot.node_count)
    assert.equal(analysis.edgeCount, snapshot.edge_count)
    assert.equal(analysis.classes.find(({ name }) => name === 'Needle').count, 17)
    assert.equal(analysis.objects[0].retainedBytes, analysis.totalBytes)
    assert.deepEqual(Object.keys(analysis), Object.keys(await analyzeFile(file)))
  })

  it('prints tables for a person', async () => {
    const { stdout } = await seep(['analyze', file])
    assert.match(stdout, /^\d+ objects, \d+ references/)
    assert.match(stdout, /^class +count +own +retained$/m)
  })

  it('reads standard input, gzipped or not', async () => {
    const input = fs.readFileSync(file)
    const program = path.join(__dirname, '..', 'bin', 'seep.js')
    for (const bytes of [input, zlib.gzipSync(input, { level: 1 })]) {
      const stdout = execFileSync(process.execPath, [program, 'analyze', '--json', '-'], {
        input: bytes,
        maxBuffer: 1 << 28
      })
      const { cost: _, ...figures } = JSON.parse(stdout)
      const { cost: __, ...same } = await analyzeFile(file)
      assert.deepEqual(figures, same)
    }
  })

  it('shows what holds an object, and the objects of a class', async () => {
    const { instances } = await analyzeFile(file, { className: 'Needle' })
    assert.deepEqual([instances.count, instances.objects.length], [17, 17])
    const [{ id }] = instances.objects
    const { paths } = await analyzeFile(file, { paths: [id] })
    assert.equal(paths[0].steps.at(-1).id, id)
    assert.equal(paths[0].steps.length, paths[0].steps.at(-1).distance)
    assert.equal(paths[0].retainers[0].distance, paths[0].steps.at(-1).distance - 1)
    const { code, stdout } = await seep(['analyze', '--path', `@${id}`, '--class', 'Needle', file])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`Path to Needle @${id}$`, 'm'))
    assert.match(stdout, /→ Needle @\d+ {2}\d+ B\n\nretained by \(\d+\)/)
    assert.match(stdout, /^Needle \(17\) +own +retained$/m)
  })

  it('says so when an object or class is not there', async () => {
    const { code, stderr } = await seep(['analyze', '--path', '4000000000', file])
    assert.deepEqual([code, stderr], [1, 'seep analyze: no object has the id 4000000000\n'])
    assert.equal((await seep(['analyze', '--class', 'NoSuchClass', file])).code, 1)
  })

  it('counts duplicate strings, and tells what they say only when asked', async () => {
    const silent = await analyzeFile(file)
    const said = await analyzeFile(file, { contents: true })
    const ours = ({ text }) => text?.startsWith(COPIED)
    const { count, length, selfBytes, wastedBytes } = said.duplicates.strings.find(ours)
    assert.deepEqual([count, length], [9, COPIED.length + 1])
    assert.ok(wastedBytes < selfBytes && wastedBytes > 8 * COPIED.length)
    assert.ok(said.duplicates.extraCopies >= 8)
    assert.ok(silent.duplicates.strings.every((row) => !('text' in row)))
    assert.ok(silent.duplicates.strings.some((row) => row.count === 9 && row.length === length))
    assert.ok(!JSON.stringify(silent).includes(COPIED))
    const { stdout } = await seep(['analyze', file])
    assert.match(stdout, /strings are copies of others/)
    assert.ok(!stdout.includes('a copied'))
    assert.ok((await seep(['analyze', '--contents', file])).stdout.includes('"a copied'))
  })

  it('says where a broken file goes wrong', async () => {
    const { code, stdout, stderr } = await seep(['analyze', '--json', broken])
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' })
    assert.match(stderr, /ends early, after 50000 bytes/)
    await assert.rejects(analyzeFile(broken), { code: 'ERR_SNAPSHOT_TRUNCATED', offset: 50_000 })
  })

  it('says what it takes', async () => {
    for (const args of [
      ['analyze'],
      ['analyze', '--ids', 'a', file],
      ['analyze', '--path', '17x', file],
      ['analyze', file, file],
      ['analyze', '--fast', file]
    ]) {
      assert.equal((await seep(args)).code, 2)
    }
    await assert.rejects(analyzeFile(5), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { ids: [-1] }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, { paths: [-1] }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, { paths: 17 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { className: 5 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { contents: 1 }), { code: 'ERR_INVALID_ARG_TYPE' })
    await assert.rejects(analyzeFile(file, { id: [1] }), { code: 'ERR_INVALID_ARG_VALUE' })
    await assert.rejects(analyzeFile(file, null), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.equal((await seep(['analyze', '/no/such/file'])).code, 1)
  })
})

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
    assert.deepEqual(report.leaks[0].growth.counts, [1000, 2000, 3000, 4000])
    assert.deepEqual([report.cost, report.memory], [null, null])
    assert.equal((await compareFiles(files)).leaks[0].id, report.leaks[0].id)
  })

  it('tells a person, and a script by its exit code', async () => {
    const { code, stdout } = await seep(['compare', '--fail-on-leak', ...files])
    assert.equal(code, 3)
    assert.match(stdout, /memory leak: Visit accumulates in Map `exports.visits`/)
    const same = await seep(['compare', '--fail-on-leak', files[3], files[3]])
    assert.equal(same.code, 0)
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

  it('names the one file that is missing or broken', async () => {
    const missing = path.join(folder, 'missing.heapsnapshot')
    const rejected = compareFiles([files[0], missing, files[2]])
    await assert.rejects(rejected, (error) => {
      assert.deepEqual([error.code, error.path], ['ERR_CAPTURE_OS', missing])
      assert.ok(error.message.startsWith(`${missing}: open failed`))
      return true
    })
    const broken = path.join(folder, 'broken.heapsnapshot')
    fs.writeFileSync(broken, fs.readFileSync(files[1]).subarray(0, 60_000))
    const { code, stderr } = await seep(['compare', files[0], broken, files[2]])
    assert.equal(code, 1)
    assert.equal(stderr, `seep compare: ${broken}: the snapshot ends early, after 60000 bytes\n`)
  })
})
