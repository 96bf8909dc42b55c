'use strict'

/** Services that run, their sockets, and the commands that ask them. */

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')
const { analyzeFile } = require('seep')
const { findProcess, listProcesses } = require('../lib/socket/client')
const { lacking } = require('./support/lacking')
const { childrenOf, until } = require('./support/live-app')
const { ROOT, cleanEnvironment, runNode, runScript } = require('./support/program')
const { namesIn, runtimeFolder, startService } = require('./support/socket-app')

const isWindows = process.platform === 'win32'
const isLinux = process.platform === 'linux'
const seep = (args, options) => runNode(['bin/seep.js', ...args], options)

describe('three services, one of them a cluster', { skip: isWindows }, () => {
  it('are listed, checked, asked for leaks and captured', async (t) => {
    const { runtime, sockets } = runtimeFolder(t)
    const [one, two, primary] = [
      await startService(t, { detector: { minChecks: 2 } }),
      await startService(t),
      await startService(t, { workers: 2 })
    ]
    const workers = primary.first.pids
    const pids = [one.pid, two.pid, ...workers]
    assert.equal(namesIn(sockets).length, 4)

    const env = { XDG_RUNTIME_DIR: runtime }
    const listed = await seep(['ps', '--json'], { env })
    const rows = JSON.parse(listed.stdout).filter(({ pid }) => pids.includes(pid))
    assert.deepEqual(rows.map(({ pid }) => pid).sort(), pids.sort())
    for (const row of rows) {
      assert.equal(row.program, path.join('__test__', 'fixtures', 'socket-app.js'))
      assert.equal(row.thread, 0)
      assert.equal(row.verdict, null)
      assert.ok(row.memory.rssBytes > row.memory.heapUsedBytes)
    }
    const ofWorkers = rows.filter(({ pid }) => workers.includes(pid))
    assert.ok(ofWorkers.every(({ parentPid }) => parentPid === primary.pid))

    const none = await seep(['leaks', String(one.pid)], { env })
    assert.match(none.stdout, /^seep: no check yet\. .*\nTo check now: seep check \d+\n$/)
    const running = await findProcess(String(one.pid))
    for (let i = 0; i < 12; i++) {
      await one.ask('grow')
      if ((await running.check()).verdict === 'leak') break
    }
    await one.ask('grow')
    const checked = await seep(['check', '--fail-on-leak', String(one.pid)], { env })
    assert.equal(checked.code, 3, checked.stdout)
    assert.match(checked.stdout, /^seep: check leak, 1 confirmed/)
    assert.match(checked.stdout, /seep: memory leak: Object accumulates in Map `sessions`/)
    const told = await seep(['leaks', '--json', String(one.pid)], { env })
    assert.equal(JSON.parse(told.stdout).leaks[0].container.name, 'sessions')

    const table = await seep(['ps'], { env })
    assert.match(table.stdout, /^program +pid +up +verdict +heap +rss +growth\n/)
    assert.match(table.stdout, new RegExp(` ${one.pid} .* leak .*\\+.*/h$`, 'm'))
    assert.match(table.stdout, new RegExp(` ${two.pid} .* none yet .* –$`, 'm'))

    const file = path.join(runtime, 'a.heapsnapshot')
    const written = await seep(['snapshot', String(workers[0]), file], { env })
    assert.equal(written.code, 0, written.stderr)
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.ok((await analyzeFile(file)).classes.length > 0)
  })
})

describe('the socket of a process', { skip: isWindows }, () => {
  it('is off unless asked for', async (t) => {
    const { sockets } = runtimeFolder(t)
    const { stdout } = await runScript("console.log(require('seep').start().status().socket)", {})
    assert.equal(stdout, 'null\n')
    assert.deepEqual(namesIn(sockets), [])
  })

  it('is private, and is gone after stop()', async (t) => {
    const { sockets } = runtimeFolder(t)
    const service = await startService(t)
    const { path: file, problem } = (await service.ask('status')).socket
    assert.equal(problem, null)
    assert.equal(path.dirname(file), sockets)
    assert.equal(fs.statSync(sockets).mode & 0o777, 0o700)
    assert.equal(fs.statSync(file).mode & 0o777, 0o600)
    assert.deepEqual(await service.ask('stop'), { path: null, problem: null })
    assert.deepEqual(namesIn(sockets), [])
  })

  it('goes with the process, however it ends', async (t) => {
    const { sockets } = runtimeFolder(t)
    for (const how of ['exit', 'throws']) {
      const service = await startService(t)
      assert.equal(namesIn(sockets).length, 1)
      service.child.send(how)
      await service.ended
      assert.deepEqual(namesIn(sockets), [], how)
    }
  })

  it('does not keep the process alive, not even with a connection', async (t) => {
    const { sockets } = runtimeFolder(t)
    const { code, stderr } = await runScript(
      `const { path } = require('seep').start({ socket: true }).status().socket
      require('node:net').connect(path).unref()`,
      {}
    )
    assert.equal(code, 0, stderr)
    assert.deepEqual(namesIn(sockets), [])
  })

  it('is opened by SEEP_SOCKET with seep/register', async (t) => {
    const { sockets } = runtimeFolder(t)
    const list = `console.log(require('node:fs').readdirSync(${JSON.stringify(sockets)}).length)`
    const args = ['--require', './register.js', '-e', list]
    const { stdout } = await runNode(args, { env: { SEEP_SOCKET: '1' } })
    assert.equal(stdout, '1\n')
  })

  it('is one for each thread, shared by the detectors of it', async (t) => {
    const { sockets } = runtimeFolder(t)
    const service = await startService(t, { thread: true })
    // The first message is that of the main thread.
    const [worker] = await once(service.child, 'message')
    assert.equal(namesIn(sockets).length, 2)
    const name = `${service.pid}:${worker.threadId}`
    assert.equal((await findProcess(name)).name, name)
    assert.equal((await findProcess(String(service.pid))).thread, 0)
    await assert.rejects(findProcess(`${service.pid}:99`), /has no such thread, but/)
    await service.ask('terminate')
    assert.deepEqual(
      namesIn(sockets).map((it) => path.join(sockets, it)),
      [(await service.ask('status')).socket.path]
    )
  })

  it('answers for the next detector when the first one stops', async (t) => {
    runtimeFolder(t)
    const { stdout } = await runScript(
      `const { start } = require('seep')
      const first = start({ socket: true })
      const second = start({ socket: true, intervalMs: 1234 })
      first.stop().then(() => console.log(first.status().socket, second.status().socket.path !== null))`,
      {}
    )
    assert.match(stdout, /path: '.*',\s+problem: null\s+} true/)
  })
})

describe('a process in a container', { skip: !isLinux }, () => {
  /** A pid namespace, as that of a container; not root needs a user namespace for it. */
  const contained = [
    'unshare',
    process.geteuid?.() === 0 ? '-pf' : '-Urpf',
    '--mount-proc',
    '--kill-child'
  ]
  const isLacking = () => {
    const [command, ...args] = contained
    return spawnSync(command, [...args, 'true']).status !== 0 && 'there are no pid namespaces'
  }

  it('has the number that it has outside', { skip: isLinux && lacking(isLacking()) }, async (t) => {
    const { sockets } = runtimeFolder(t)
    const [command, ...args] = contained
    const script = "require('seep').start({ socket: true }); setInterval(() => {}, 1000)"
    const child = spawn(command, [...args, process.execPath, '-e', script], {
      cwd: ROOT,
      env: cleanEnvironment({})
    })
    t.after(() => child.kill('SIGKILL'))
    await until(() => namesIn(sockets).some((name) => name.startsWith('1-')))
    let running
    // It may not answer in its first moments.
    await until(async () => {
      const { processes } = await listProcesses()
      running = processes.find(({ hello }) => hello.pid === 1 && hello.program === 'node')
      return running !== undefined
    })
    assert.ok(running.pid > 1)
    assert.equal((await findProcess(String(running.pid))).hello.pid, 1)
  })
})

describe('a folder that is not private', { skip: isWindows }, () => {
  const spoil = {
    'is a symbolic link': (sockets) => {
      fs.mkdirSync(`${sockets}-elsewhere`, { mode: 0o700 })
      fs.symlinkSync(`${sockets}-elsewhere`, sockets)
    },
    'is open to others: its mode is 710': (sockets) => {
      fs.mkdirSync(sockets)
      fs.chmodSync(sockets, 0o710)
    },
    'is not a folder': (sockets) => fs.writeFileSync(sockets, '')
  }
  for (const [fault, make] of Object.entries(spoil)) {
    it(`is refused if it ${fault}, and the detector works without`, async (t) => {
      const { sockets } = runtimeFolder(t)
      make(sockets)
      const service = await startService(t)
      const problem = `there is no socket: ${sockets} ${fault}`
      const { socket, state } = await service.ask('status')
      assert.equal(state, 'watching')
      assert.equal(socket.path, null)
      assert.ok(socket.problem.startsWith(problem), socket.problem)
      const logged = await service.ask('logged')
      assert.deepEqual(logged, [{ event: 'socket', text: `seep: ${socket.problem}` }])
      assert.equal(service.printed(), '')
      const { problems } = await listProcesses()
      assert.ok(problems.some((it) => it.startsWith(`${sockets} ${fault}`)))
    })
  }
})

describe('what a killed process leaves', { skip: isWindows }, () => {
  async function kill(service) {
    service.child.kill('SIGKILL')
    await service.ended
  }

  it('is removed by whoever lists, and nothing else is', async (t) => {
    const { sockets } = runtimeFolder(t)
    const [dead, alive] = [await startService(t), await startService(t)]
    await kill(dead)
    fs.writeFileSync(path.join(sockets, `${dead.pid}-00000000.sock`), 'not a socket')
    fs.writeFileSync(path.join(sockets, 'notes'), 'mine')
    assert.equal(namesIn(sockets).length, 4)
    const { processes } = await listProcesses()
    const pids = processes.map(({ pid }) => pid)
    assert.ok(pids.includes(alive.pid) && !pids.includes(dead.pid))
    const left = namesIn(sockets)
    assert.equal(left.length, 3)
    assert.ok(left.includes('notes') && left.includes(`${dead.pid}-00000000.sock`))
  })

  it('is removed by the next that starts', async (t) => {
    const { sockets } = runtimeFolder(t)
    const dead = await startService(t)
    const [left] = namesIn(sockets)
    await kill(dead)
    const next = await startService(t)
    await until(() => !namesIn(sockets).includes(left))
    assert.equal(path.join(sockets, namesIn(sockets)[0]), (await next.ask('status')).socket.path)
  })

  it('stays in a folder that others can enter', async (t) => {
    const { sockets } = runtimeFolder(t)
    await kill(await startService(t))
    fs.chmodSync(sockets, 0o755)
    await listProcesses()
    assert.equal(namesIn(sockets).length, 1)
  })
})

describe('a snapshot through the socket', { skip: isWindows }, () => {
  it('leaves neither file nor child when its reader goes away', { skip: !isLinux }, async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t)
    const running = await findProcess(String(service.pid))
    const file = path.join(runtime, 'a.heapsnapshot')
    const gone = new AbortController()
    const taking = running.snapshot(file, { onProgress: () => gone.abort(), signal: gone.signal })
    await assert.rejects(taking, { name: 'AbortError' })
    assert.deepEqual(namesIn(runtime), ['seep'])
    await until(() => childrenOf(service.pid).length === 0)
    // The service goes on, and takes the next one once it has noticed.
    await until(() => running.snapshot(file).then(Boolean, () => false))
    assert.deepEqual(namesIn(runtime), ['a.heapsnapshot', 'seep'])
  })

  it('is one at a time, and can be followed by the next at once', async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t)
    const running = await findProcess(String(service.pid))
    const files = ['a', 'b'].map((name) => path.join(runtime, name))
    const both = await Promise.allSettled(files.map((file) => running.snapshot(file)))
    const refused = both.filter(({ status }) => status === 'rejected')
    assert.deepEqual(
      refused.map(({ reason }) => reason.reason),
      ['ERR_CAPTURE_IN_PROGRESS']
    )
    for (const file of files) assert.ok((await running.snapshot(file)) > 0)
  })

  it('is written by the process itself where it cannot fork', async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t, { detector: { capture: 'inline' } })
    const file = path.join(runtime, 'a')
    const size = await (await findProcess(String(service.pid))).snapshot(file)
    assert.equal(fs.statSync(file).size, size)
    JSON.parse(fs.readFileSync(file, 'utf8'))
  })

  it('is not taken for a place where it cannot be written', async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t)
    const running = await findProcess(String(service.pid))
    for (const file of [path.join(runtime, 'none', 'a'), runtime]) {
      await assert.rejects(running.snapshot(file), { code: 'ERR_FILE_OS' })
    }
    assert.equal((await service.ask('status')).cpuMsLeftToday, 300_000)
  })
})

describe('the commands', { skip: isWindows }, () => {
  it('say what to do when there is no such process', async (t) => {
    const { runtime } = runtimeFolder(t)
    const env = { XDG_RUNTIME_DIR: runtime }
    const mine = await seep(['leaks', String(process.pid)], { env })
    assert.equal(mine.code, 1)
    assert.match(
      mine.stderr,
      /^seep leaks: process \d+ has no socket\. Start it with SEEP_SOCKET=1/
    )
    for (const args of [['check'], ['check', 'x'], ['leaks', '1', '2'], ['snapshot', '1']]) {
      assert.equal((await seep(args, { env })).code, 2, args.join(' '))
    }
  })

  it('open a process in the explorer', async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t)
    const child = spawn(
      process.execPath,
      ['bin/seep.js', 'open', '--no-browser', String(service.pid)],
      {
        cwd: ROOT,
        env: cleanEnvironment({ XDG_RUNTIME_DIR: runtime, TMPDIR: runtime }),
        stdio: ['ignore', 'pipe', 'inherit']
      }
    )
    const [text] = await once(child.stdout, 'data')
    assert.match(String(text), /^http:\/\/127\.0\.0\.1:\d+\//)
    child.kill('SIGTERM')
    await once(child, 'exit')
    assert.deepEqual(namesIn(runtime), ['seep'])
  })
})
