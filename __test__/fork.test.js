'use strict'

/** A forked capture is not to be noticed: not by peers, not by users, not by the system. */

const assert = require('node:assert/strict')
const { execFileSync, spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { isAlive, settled } = require('./fixtures/fork/process-state')
const { lacking } = require('./support/lacking')
const { ROOT, runNode } = require('./support/program')
const { canRefuseForks, spawnWithoutFork } = require('./support/seccomp')

const FIXTURES = path.join(__dirname, 'fixtures', 'fork')
const only = { skip: process.platform !== 'linux' && 'forked capture is for Linux' }

// For the programs that are killed before they can clean up.
const TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-fork-'))
after(() => fs.rmSync(TMPDIR, { recursive: true }))

async function output(program, ...args) {
  const { code, stdout, stderr } = await runNode([path.join(FIXTURES, program), ...args], {
    env: { TMPDIR }
  })
  assert.equal(code, 0, stderr)
  return { stdout, stderr }
}

/** Whether the file system knows files without a name, as most do. */
function hasUnnamedFiles(folder) {
  // From linux/fcntl.h; Node does not have it.
  const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY
  try {
    fs.closeSync(fs.openSync(folder, fs.constants.O_WRONLY | O_TMPFILE))
    return true
  } catch {
    return false
  }
}

/** Runs a program until its child is held in mid-capture, ends it, and tells which child that was. */
async function endedWhileHeld(args, end) {
  const parent = spawn(process.execPath, [path.join(FIXTURES, 'held.js'), ...args], {
    env: { ...process.env, TMPDIR },
    stdio: ['ignore', 'pipe', 'ignore']
  })
  const ended = new Promise((resolve) => parent.once('close', resolve))
  const line = await new Promise((resolve) => {
    parent.stdout.once('data', resolve).once('end', resolve)
  })
  const child = Number(String(line))
  assert.ok(child > 0)
  end(parent)
  await ended
  return child
}

describe('while a child captures', only, () => {
  for (const what of ['a connection is closed', 'a port is taken again', 'the detector stops']) {
    it(`${what} at once`, async () => {
      const { stdout, stderr } = await output('held.js', what)
      const { seen, skip, left } = JSON.parse(stdout)
      assert.equal(seen, true)
      assert.equal(skip?.code, what === 'the detector stops' ? 'ERR_ABORTED' : undefined)
      assert.equal(left, 0)
      assert.equal(stderr, 'exit event\n', 'once, and not from the child')
    })
  }

  it('a Worker that asks for a capture of its own waits for its turn', async () => {
    const { stdout } = await output('held.js', 'a Worker asks for a capture of its own')
    assert.deepEqual(JSON.parse(stdout), { seen: true, skip: null, left: 0 })
  })

  it('a Worker that is terminated takes its child along', async () => {
    const { stdout } = await output('held.js', 'the worker is terminated')
    assert.deepEqual(JSON.parse(stdout), { seen: true, skip: null, left: 0 })
  })

  it('Workers that are terminated at any moment leave the process as it was', async () => {
    const { stdout, stderr } = await output('workers.js', '12')
    assert.equal(stderr, '')
    const { before, after } = JSON.parse(stdout)
    assert.deepEqual(after, before)
  })

  const ends = {
    'the process exits': () => {},
    'an exception is not caught': () => {},
    'the process is terminated': (parent) => parent.kill('SIGTERM'),
    'the process is interrupted': (parent) => parent.kill('SIGINT'),
    'the process is killed': (parent) => parent.kill('SIGKILL')
  }
  for (const [what, end] of Object.entries(ends)) {
    it(`${what} and leaves no orphan`, async () => {
      const child = await endedWhileHeld([what], end)
      await settled(() => !isAlive(child))
      assert.equal(isAlive(child), false)
    })
  }

  it('the process is killed and leaves no half of a file', async (t) => {
    const folder = fs.mkdtempSync(path.join(TMPDIR, 'half-'))
    if (!hasUnnamedFiles(folder)) return t.skip(lacking('files without a name'))
    const what = 'the process is killed while it writes a file'
    await endedWhileHeld([what, path.join(folder, 'a.heapsnapshot')], ends['the process is killed'])
    assert.deepEqual(fs.readdirSync(folder), [])
  })
})

describe('after a forked capture', only, () => {
  it('nothing was printed and no handler ran, on the main thread and in a Worker', async () => {
    const { stdout, stderr } = await output('visible.js')
    assert.equal(stderr, '')
    const lines = stdout.trim().split('\n')
    const report = JSON.parse(lines.find((line) => line.startsWith('{')))
    const others = lines.filter((line) => !line.startsWith('{') && line !== 'finalized')
    assert.deepEqual(others, ['promise', 'immediate', 'beforeExit', 'exit'])
    for (const { skip, cost, nodes } of [report.own, report.itsOwn]) {
      assert.equal(skip, null)
      assert.equal(cost.capture, 'fork')
      const { forkMs, lendMs, scanMs, restoreMs, copiedBytes, ...child } = cost.child
      assert.ok(forkMs > 0 && lendMs >= 0 && forkMs + lendMs <= cost.pauseMs)
      assert.ok(scanMs > 0 && restoreMs > 0)
      assert.ok(copiedBytes > 0 && child.privateBytes > 0 && child.cpuMs > 0)
      assert.ok(nodes > 10_000)
    }
    assert.notEqual(report.own.nodes, report.itsOwn.nodes, 'each captures its own heap')
  })

  it('the process is as before, under load, and has failed nobody', async () => {
    const { stdout } = await output('trust.js', '6')
    const { outcomes, traffic, before, after, marksBefore, marksAfter } = JSON.parse(stdout)
    assert.deepEqual(outcomes, { captured: 6 })
    assert.deepEqual(traffic.failures, [])
    assert.ok(traffic.requests > 0)
    assert.deepEqual(after, before)
    assert.deepEqual(marksBefore, { v8IsKept: true, othersAreLent: true })
    assert.deepEqual(marksAfter, marksBefore)
  })
})

for (const capture of ['auto', 'fork']) {
  it(
    `what V8 maps while a fork is prepared is kept from children again (${capture})`,
    only,
    async () => {
      const { stdout } = await output('late.js', capture)
      const { skip, areKept } = JSON.parse(stdout)
      assert.equal(skip, null)
      assert.deepEqual(areKept, [true, true, true], 'before the fork, after it, and what was there')
    }
  )
}

it('the memory of one capture is not left to the next', only, async () => {
  const { stdout } = await output('repeated.js')
  const { captures, before, after } = JSON.parse(stdout)
  // Sixteen graphs, if each were left; the allocator keeps a few pages of its own.
  const grownBytes = after.otherBytes - before.otherBytes
  assert.ok(grownBytes < (captures * after.analysisBytes) / 4, JSON.stringify({ before, after }))
})

describe('where forking is not possible', only, () => {
  const CHECK = `
    const { LeakDetector } = require('seep')
    const detector = new LeakDetector({ capture: process.argv[1], maxPauseMs: 600000 })
    const check = () => detector.check().then(({ skip, cost }) => {
      console.log(JSON.stringify({ skip, capture: cost?.capture ?? null }))
      return detector.stop()
    })
    if (process.argv[2] !== 'wait') check()
    else detector.check().then(() => {
      console.log('ready')
      process.stdin.once('data', () => { process.stdin.destroy(); check() })
    })`

  /** Runs a shell line as root of namespaces of its own. */
  function inNamespace(line, ...args) {
    return spawnSync('unshare', ['-rm', 'sh', '-c', line, 'sh', ...args], {
      cwd: ROOT,
      encoding: 'utf8'
    })
  }
  const noNamespaces =
    process.platform !== 'linux' ||
    lacking(
      spawnSync('unshare', ['-rm', 'true']).status !== 0 && 'there are no namespaces to be had'
    )

  const without = (capture) =>
    inNamespace('mount -t tmpfs none /proc && exec "$@"', process.execPath, '-e', CHECK, capture)

  it('for lack of /proc, auto captures in-process', { skip: noNamespaces }, () => {
    const { stdout, stderr } = without('auto')
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), { skip: null, capture: 'inline' })
  })

  it('for lack of /proc, fork says so', { skip: noNamespaces }, () => {
    const { skip, capture } = JSON.parse(without('fork').stdout)
    assert.equal(skip.code, 'ERR_CAPTURE_UNAVAILABLE')
    assert.equal(capture, null)
  })

  const nobody = process.getuid?.() === 0 ? 65534 : process.getuid?.()
  const noPrlimit =
    process.platform !== 'linux' ||
    lacking(spawnSync('prlimit', ['--version']).status !== 0 && 'there is no prlimit')
  it('for a limit of processes, the round is a skip', { skip: noPrlimit }, async (t) => {
    try {
      execFileSync(process.execPath, ['-e', ''], { uid: nobody, cwd: ROOT })
    } catch {
      return t.skip(lacking('the repository is not readable by another user'))
    }
    const program = spawn(process.execPath, ['-e', CHECK, 'fork', 'wait'], {
      cwd: ROOT,
      uid: nobody,
      stdio: ['pipe', 'pipe', 'inherit']
    })
    let stdout = ''
    program.stdout.on('data', (text) => {
      if (String(text) === 'ready\n') {
        // Now, because Node's own threads count too.
        execFileSync('prlimit', ['--pid', String(program.pid), '--nproc=2:2'], { uid: nobody })
        program.stdin.write('go\n')
      } else stdout += text
    })
    const code = await new Promise((resolve) => program.once('close', resolve))
    assert.equal(code, 0)
    const { skip } = JSON.parse(stdout)
    assert.equal(skip.code, 'ERR_CAPTURE_OS')
    assert.match(skip.message, /^fork failed/)
  })

  const filters = {
    skip:
      process.platform !== 'linux' ||
      lacking(!canRefuseForks() && 'system calls cannot be filtered')
  }
  const filtered = (capture) => {
    const args = [process.execPath, '-e', CHECK, capture]
    const { stdout, stderr } = spawnWithoutFork(args, { cwd: ROOT })
    assert.equal(stderr, '')
    return JSON.parse(stdout)
  }

  it('for a filter of system calls, auto captures in-process', filters, () => {
    assert.deepEqual(filtered('auto'), { skip: null, capture: 'inline' })
  })

  it('for a filter of system calls, fork says so', filters, () => {
    const { skip, capture } = filtered('fork')
    assert.equal(skip.code, 'ERR_CAPTURE_UNAVAILABLE')
    assert.match(skip.message, /fork is not permitted/)
    assert.equal(capture, null)
  })

  it('for a full disk, writeSnapshot rejects and leaves nothing', { skip: noNamespaces }, () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-full-'))
    const write = `
      const fs = require('node:fs')
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 600000 })
      detector.writeSnapshot(process.argv[1] + '/a.heapsnapshot').catch(({ code }) => code).then((code) => {
        console.log(JSON.stringify({ code, left: fs.readdirSync(process.argv[1]) }))
        return detector.stop()
      })`
    const line = 'folder=$1; shift; mount -t tmpfs -o size=1m none "$folder" && exec "$@" "$folder"'
    const { stdout, stderr } = inNamespace(line, folder, process.execPath, '-e', write)
    fs.rmdirSync(folder)
    assert.equal(stderr, '')
    assert.deepEqual(JSON.parse(stdout), { code: 'ERR_FILE_DISK_FULL', left: [] })
  })
})

describe('writeSnapshot()', () => {
  it('writes a whole snapshot that only the owner can read', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-write-'))
    const file = path.join(folder, 'a.heapsnapshot')
    const source = `
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 600000 })
      detector.writeSnapshot(process.argv[1]).then((path) => { console.log(path); return detector.stop() })`
    const { code, stdout, stderr } = await runNode(['-e', source, file])
    assert.equal(code, 0, stderr)
    assert.equal(stdout.trim(), file)
    const { snapshot, nodes, strings } = JSON.parse(fs.readFileSync(file, 'utf8'))
    assert.equal(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length)
    assert.ok(strings.includes('LeakDetector'))
    assert.deepEqual(fs.readdirSync(folder), ['a.heapsnapshot'])
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    fs.rmSync(folder, { recursive: true })
  })

  it('replaces nothing but regular files', { skip: process.platform === 'win32' }, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-write-'))
    const at = (name) => path.join(folder, name)
    execFileSync('mkfifo', [at('fifo')])
    fs.writeFileSync(at('notes'), 'mine')
    fs.symlinkSync(at('notes'), at('link'))
    const source = `
      const { LeakDetector } = require('seep')
      const detector = new LeakDetector({ maxPauseMs: 600000 })
      const codes = []
      async function main() {
        for (const path of process.argv.slice(1)) {
          codes.push(await detector.writeSnapshot(path).then(() => 'written', ({ code }) => code))
        }
        console.log(codes.join())
        await detector.stop()
      }
      main()`
    const { stdout, stderr } = await runNode(['-e', source, at('fifo'), at('link'), folder])
    assert.equal(stdout.trim(), 'ERR_FILE_OS,ERR_FILE_OS,ERR_FILE_OS', stderr)
    assert.ok(fs.lstatSync(at('fifo')).isFIFO())
    assert.ok(fs.lstatSync(at('link')).isSymbolicLink())
    assert.equal(fs.readFileSync(at('notes'), 'utf8'), 'mine')
    fs.rmSync(folder, { recursive: true })
  })
})
