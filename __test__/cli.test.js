'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { COMMANDS } = require('../lib/cli/help')
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
    for (const word of ['--version', '-v', '-V', 'version']) {
      assert.deepEqual(await seep([word]), {
        code: 0,
        signal: null,
        stdout: `${version}\n`,
        stderr: ''
      })
    }
    assert.match((await seep(['--help'])).stdout, /seep run/)
  })

  it('helps with each command, by examples and exit codes', async () => {
    for (const name of Object.keys(COMMANDS)) {
      const { code, stdout } = await seep([name, '--help'])
      assert.equal(code, 0)
      assert.match(stdout, new RegExp(`^  seep ${name}`, 'm'))
      assert.equal((await seep(['help', name])).stdout, stdout)
    }
    assert.match((await seep(['run', '--help'])).stdout, /seep run --fail-on-leak -- npm test/)
  })

  it('leaves with 2 when it does not understand', async () => {
    const commands = [
      [],
      ['dance'],
      ['help', 'constructor'],
      ['run'],
      ['run', '--fast', '--', 'node'],
      ['analyze'],
      ['analyze', '--ids', 'x', 'a.heapsnapshot'],
      ['compare', 'a.heapsnapshot'],
      ['compare', 'a.heapsnapshot', 'a.heapsnapshot'],
      ['compare', 'a.heapsnapshot', './a.heapsnapshot']
    ]
    for (const args of commands) {
      const { code, stdout, stderr } = await seep(args)
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' }, args.join(' '))
      assert.match(stderr, args.length === 0 ? /^ {2}seep run/m : /^seep.+\n$/)
    }
  })

  it('says what was meant', async () => {
    assert.equal(
      (await seep(['anaylze'])).stderr,
      'seep: unknown command "anaylze". Did you mean "analyze"? ' +
        'The commands are analyze, check, compare, demo, export, leaks, mcp, open, ps, run, snapshot, strip, top, verify. Run seep --help for details.\n'
    )
    assert.match(
      (await seep(['--verison'])).stderr,
      /^seep: unknown option "--verison"\. Did you mean "--version"\?/
    )
  })

  it('leaves with 1 when a file is not what it takes', async () => {
    for (const command of [['analyze'], ['compare', 'nowhere.heapsnapshot']]) {
      const { code, stderr } = await seep([...command, 'nothing.heapsnapshot'])
      assert.equal(code, 1)
      assert.match(stderr, /^seep \w+: \w+\.heapsnapshot: no such file\n$/)
    }
  })
})

describe('an unknown option', () => {
  it('is reported with the known ones', async () => {
    const { code, stderr } = await seep(['compare', '--fail-on-leeks', 'a', 'b'])
    assert.equal(code, 2)
    assert.equal(
      stderr,
      'seep compare: unknown option --fail-on-leeks. Did you mean --fail-on-leak? ' +
        'seep compare takes --json, --html, --fail-on-leak, --keep-order, --help.\n'
    )
  })

  it('is reported with the right place, if it belongs to the program to run', async () => {
    const { code, stderr } = await seep(['run', '--json', 'node', '-pe', '1'])
    assert.equal(code, 2)
    assert.equal(
      stderr,
      'seep run: -p comes after the program. Write: seep run --json -- node -pe 1\n'
    )
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

  it('fails if a child process of the program leaks, and reports the leak', async () => {
    const before = runFolders()
    const { code, stdout, stderr } = await failing(['--', ...leaky])
    assert.equal(code, 3, stderr)
    assert.equal(stdout, 'ended\n')
    assert.match(stderr, /^seep run: a memory leak$/m)
    assert.match(stderr, /Visit accumulates in Array `visits`/)
    assert.match(stderr, /visits → Array/)
    assert.deepEqual(runFolders(), before)
  })

  it('reports leaks as JSON, and leaves report files where the operator wants them', async (t) => {
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
    assert.equal(code, 0)
    assert.match(
      stderr,
      /^\nseep run: no process was judged\n {2}none ran long enough for a verdict/
    )
    const failed = await failing(['--', ...leaky], { EXIT_CODE: '9' })
    assert.equal(failed.code, 9)
    assert.match(failed.stderr, /a memory leak/)
  })

  /** Lives for `rounds` of them, whatever comes of each. */
  const living = (rounds) => `
    let rounds = 0
    const count = () => { if (++rounds === ${rounds}) clearInterval(timer) }
    const timer = setInterval(() => {}, 1000)
    const { subscribe } = require('node:diagnostics_channel')
    for (const name of ['seep:check', 'seep:skip']) subscribe(name, count)`

  it('says in a line that nothing leaks, and of how many processes', async () => {
    const env = { SEEP_INTERVAL_MS: '100' }
    const { code, stderr } = await failing(['--', process.execPath, '-e', living(5)], env)
    assert.deepEqual(
      { code, stderr },
      { code: 0, stderr: '\nseep run: no leaks found; the process was judged\n' }
    )
  })

  it('does not pass when it is switched off', async () => {
    const env = { SEEP_ENABLED: '0' }
    const { code, stderr } = await failing(['--', process.execPath, '-e', ''], env)
    assert.equal(code, 4)
    assert.match(
      stderr,
      /no process was judged\n {2}seep is disabled: switched off by SEEP_ENABLED/
    )
    const failed = await failing(['--', process.execPath, '-e', 'process.exitCode = 9'], env)
    assert.equal(failed.code, 9)
  })

  it('does not pass when a process could not be captured, whatever others did', async () => {
    const before = runFolders()
    const blind = JSON.stringify({ SEEP_CAPTURE: 'inline', SEEP_MAX_PAUSE_MS: '1' })
    const both = `${living(5)}
      const { spawn } = require('node:child_process')
      const env = { ...process.env, ...${blind} }
      spawn(process.execPath, ['-e', ${JSON.stringify(living(3))}], { env, stdio: 'inherit' })`
    const env = { SEEP_INTERVAL_MS: '100' }
    const { code, stderr } = await failing(['--', process.execPath, '-e', both], env)
    assert.equal(code, 4, stderr)
    assert.match(
      stderr,
      /^\nseep run: not every process could be judged\n {2}ERR_CAPTURE_PAUSE_BUDGET: /
    )
    assert.deepEqual(runFolders(), before)
  })
})
