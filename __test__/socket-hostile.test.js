'use strict'

/** Clients that misbehave, against a server; and servers that misbehave, against the client. */

const assert = require('node:assert/strict')
const { fork, spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const path = require('node:path')
const { describe, it } = require('node:test')
const { setImmediate: nextTick } = require('node:timers/promises')
const { PROTOCOL, helloOf } = require('../lib/socket/answers')
const { findProcess, listProcesses } = require('../lib/socket/client')
const { faultOfPeer } = require('../lib/socket/connect')
const { knownFolders, faultOfFolder, prepareFolder } = require('../lib/socket/folder')
const { MOST_CONNECTIONS, MOST_WAITING, SocketServer } = require('../lib/socket/server')
const { ROOT, cleanEnvironment } = require('./support/program')
const { until } = require('./support/live-app')
const { namesIn, runtimeFolder, startService } = require('./support/socket-app')

const isWindows = process.platform === 'win32'
const isLinux = process.platform === 'linux'

/** A report of 4 MB: more than fits between a server and a client that reads nothing. */
const REPORT = { lastCheck: null, options: {}, padding: 'x'.repeat(4 << 20) }

/** A server in this process that patiently waits for `patienceMs`, and counts what it is asked for. */
function serve(t, patienceMs = 60_000) {
  runtimeFolder(t)
  const asked = { status: 0, checks: 0, finish: null }
  const served = {
    status: () => {
      asked.status += 1
      return REPORT
    },
    history: { lastCheck: null, figures: () => ({}), samplesAfter: () => null },
    check: () => {
      asked.checks += 1
      return new Promise((resolve) => {
        asked.finish = () => resolve({ verdict: 'healthy' })
      })
    }
  }
  const server = new SocketServer(prepareFolder(), () => served, assert.fail, patienceMs)
  t.after(() => server.close())
  return { server, asked, hello: () => get(server.path, '/hello') }
}

function get(socketPath, name, method = 'GET') {
  return new Promise((resolve, reject) => {
    const req = http.request({ socketPath, path: name, method, agent: false }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      res.once('end', () => resolve({ status: res.statusCode, body: JSON.parse(text) }))
      res.once('error', reject)
    })
    req.once('error', reject)
    req.end()
  })
}

/** Connects and writes; `closed` resolves to what came back. */
function connectTo(file, text = '') {
  const socket = net.connect(file)
  let received = ''
  socket.on('data', (part) => {
    received += part
  })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', () => resolve(received)))
  if (text !== '') socket.write(text)
  return { socket, closed }
}

describe('a client that misbehaves', { skip: isWindows }, () => {
  it('gets nothing for garbage, too long a head, a body or a second request', async (t) => {
    const { server, asked, hello } = serve(t)
    const head = 'GET /report HTTP/1.1\r\nHost: x\r\n'
    const texts = {
      garbage: ['\0\x01\x02 nonsense\r\n\r\n', /^$/],
      'a long head': [`${head}A: ${'a'.repeat(10_000)}\r\n\r\n`, /^$/],
      'a body': [`${head}Content-Length: 5\r\n\r\nhello`, /^HTTP\/1\.1 413 /],
      chunks: [
        `${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
        /^HTTP\/1\.1 413 /
      ],
      another: ['GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 404 /],
      'another method': ['GET /check HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 405 /],
      upgrade: [
        `${head}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
        /^(HTTP\/1\.1 200 .*)?$/s
      ]
    }
    for (const [what, [text, expected]] of Object.entries(texts)) {
      assert.match((await connectTo(server.path, text).closed).slice(0, 40), expected, what)
    }
    const before = asked.status
    const { socket, closed } = connectTo(server.path, `${head}\r\n`.repeat(1000))
    await closed
    socket.destroy()
    assert.ok(asked.status - before <= 1)
    assert.equal((await hello()).status, 200)
  })

  it('is given up when it sends half a request, or nothing, or reads nothing', async (t) => {
    const { server, hello } = serve(t, 50)
    const [silent, half] = [connectTo(server.path), connectTo(server.path, 'GET /hello HT')]
    await Promise.all([silent.closed, half.closed])
    const deaf = net.connect(server.path)
    deaf.on('error', () => {})
    deaf.pause()
    deaf.write('GET /report HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => server.connections === 1)
    await until(() => server.connections === 0)
    deaf.destroy()
    // On a busy machine, even this may take longer than it waits for anybody.
    await until(() =>
      hello().then(
        ({ status }) => status === 200,
        () => false
      )
    )
  })

  it('cannot have more connections than a few', async (t) => {
    const { server, hello } = serve(t)
    const all = Array.from({ length: 1000 }, () => connectTo(server.path))
    let closed = 0
    for (const one of all) void one.closed.then(() => (closed += 1))
    await until(() => closed === all.length - MOST_CONNECTIONS)
    // Other work of the process gets its turn.
    for (let i = 0; i < 100; i++) await nextTick()
    assert.equal(server.connections, MOST_CONNECTIONS)
    for (const { socket } of all) socket.destroy()
    await until(() => server.connections === 0)
    assert.equal((await hello()).status, 200)
  })

  it('shares one round with others who ask for a check, and leaves connections for everybody else', async (t) => {
    const { server, asked, hello } = serve(t)
    // One of them goes away.
    const gone = connectTo(server.path, 'POST /check HTTP/1.1\r\nHost: x\r\n\r\n')
    await until(() => asked.checks === 1)
    gone.socket.destroy()
    await until(() => server.connections === 0)
    const all = Array.from({ length: MOST_CONNECTIONS - 2 }, () =>
      get(server.path, '/check', 'POST')
    )
    await until(() => server.connections === MOST_WAITING)
    assert.equal((await hello()).status, 200)
    asked.finish()
    const answers = await Promise.all(all)
    const told = answers.filter(({ status }) => status === 200)
    assert.deepEqual(new Set(told.map(({ body }) => body.verdict)), new Set(['healthy']))
    assert.equal(told.length, MOST_WAITING)
    for (const { status, body } of answers.filter((it) => !told.includes(it))) {
      assert.equal(status, 503)
      assert.equal(body.code, 'busy')
    }
    assert.equal(asked.checks, 1)
    // There is room again.
    const next = get(server.path, '/check', 'POST')
    await until(() => asked.checks === 2)
    asked.finish()
    assert.equal((await next).status, 200)
  })
})

/** Listens as another program might: with the name of a process. */
async function listenAs(t, pid, answer) {
  const file = path.join(prepareFolder(), `${pid}-0123abcd.sock`)
  const server =
    typeof answer === 'function' ? http.createServer(answer) : net.createServer(answer.raw)
  server.listen(file)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections?.()
    server.close()
  })
  return file
}

const json = (value) => (_, res) => res.end(JSON.stringify(value))

const CHECK = {
  verdict: 'healthy',
  leaks: [],
  suspects: [],
  native: null,
  skip: null,
  snapshot: null,
  cost: null,
  memory: null
}
const STATUS = {
  program: 'app.js',
  node: '24.0.0',
  startedAt: '2026-01-02T03:04:05Z',
  memory: { rssBytes: 9, heapUsedBytes: 5, externalBytes: 1, floorBytes: null },
  revision: 0,
  verdict: 'healthy',
  leaks: 0,
  suspects: 0,
  growthBytesPerHour: null,
  detector: { checking: false, growth: null }
}
const REPORT_OF_PAGE = {
  status: {
    enabled: true,
    state: 'watching',
    captures: 0,
    options: { minChecks: 3, intervalMs: 60_000 }
  },
  check: null,
  memory: null
}

describe('a server that misbehaves', { skip: isWindows }, () => {
  it('cannot take the name of another process', { skip: !isLinux }, async (t) => {
    runtimeFolder(t)
    const other = process.ppid
    await listenAs(t, other, json({ ...helloOf(), pid: other }))
    const { processes, problems } = await listProcesses()
    assert.ok(!processes.some(({ pid }) => pid === other))
    const problem = `is served by process ${process.pid}, not by ${other}`
    assert.ok(
      problems.some((it) => it.endsWith(problem)),
      problems.join()
    )
    await assert.rejects(findProcess(String(other)), /has no socket/)
  })

  it('is known by the kernel: the process, unless it is in another namespace, and the user', () => {
    const owner = process.geteuid()
    const address = { pid: process.pid, owner }
    const known = [
      [{ pid: process.pid, uid: owner }, null],
      [{ pid: 0, uid: owner }, null],
      [{ pid: process.ppid, uid: owner }, /is served by process \d+, not by/],
      [{ pid: process.pid, uid: owner + 1 }, /is served by another user/],
      // Where the system does not say.
      [null, null]
    ]
    for (const [peer, fault] of known) {
      if (fault === null) assert.equal(faultOfPeer(peer, address), null)
      else assert.match(faultOfPeer(peer, address), fault)
    }
  })

  const answers = {
    'says it is another process': [json({ ...helloOf(), pid: 1 }), /is not of process 1$/],
    'has another protocol': [
      json({ ...helloOf(), protocol: PROTOCOL + 1 }),
      /another version of seep/
    ],
    'answers with something else': [(_, res) => res.end('hello'), /not that of a seep/],
    'says that it is a thread without a number': [
      json({ ...helloOf(), thread: '\u001b' }),
      /is not of process/
    ],
    'breaks off': [
      (_, res) => res.writeHead(200, { 'Content-Length': 9 }).write('{', () => res.destroy()),
      /broke off/
    ],
    'answers with null': [json(null), /not that of a seep/],
    'answers never': [() => {}, /does not answer/],
    'hangs up': [(req) => req.socket.destroy(), /hung up/],
    'speaks no HTTP': [{ raw: (socket) => socket.end('220 mail\r\n') }, /hung up/]
  }
  for (const [what, [answer, expected]] of Object.entries(answers)) {
    it(`is reported when it ${what}`, async (t) => {
      runtimeFolder(t)
      await listenAs(t, process.pid, answer)
      // Every other one answers at once, if the machine has the time.
      const options = what === 'answers never' ? { timeoutMs: 200 } : {}
      const { processes, problems } = await listProcesses(options)
      assert.ok(!processes.some(({ pid }) => pid === process.pid))
      assert.ok(
        problems.some((it) => expected.test(it)),
        problems.join()
      )
    })
  }

  it('is not said to have no socket when it does not answer', async (t) => {
    runtimeFolder(t)
    await listenAs(t, process.pid, () => {})
    const finding = findProcess(String(process.pid), { timeoutMs: 200 })
    await assert.rejects(finding, /^Error: process \d+ does not answer: its event loop is blocked/)
    const { silent } = await listProcesses({ timeoutMs: 200 })
    assert.ok(silent.has(process.pid))
  })

  it('does not keep a command from another process', async (t) => {
    const { sockets } = runtimeFolder(t)
    const other = await startService(t)
    await listenAs(t, process.pid, assert.fail)
    const [name] = namesIn(sockets).filter((it) => it.startsWith(`${other.pid}-`))
    assert.equal((await findProcess(String(other.pid))).name, String(other.pid), name)
  })

  for (const [what, ask] of Object.entries({
    'a check': (running) => running.check(),
    'a snapshot': (running, runtime) => running.snapshot(path.join(runtime, 'a.heapsnapshot'))
  })) {
    it(`is given up when it falls silent during ${what}`, async (t) => {
      const { runtime } = runtimeFolder(t)
      let isSilent = false
      await listenAs(t, process.pid, (req, res) => {
        if (req.url !== '/hello') isSilent = true
        if (!isSilent) res.end(JSON.stringify(helloOf()))
      })
      const times = { timeoutMs: 500, stalledMs: 500 }
      const running = await findProcess(String(process.pid), times)
      await assert.rejects(ask(running, runtime), /does not answer: its event loop is blocked/)
      assert.deepEqual(namesIn(runtime), ['seep'])
    })
  }

  it('is waited for while it shows signs of life', async (t) => {
    runtimeFolder(t)
    let hellos = 0
    let finish
    await listenAs(t, process.pid, (req, res) => {
      if (req.url === '/check') {
        finish = () => res.end(JSON.stringify(CHECK))
        return
      }
      res.end(JSON.stringify(helloOf()))
      if (++hellos === 4) finish()
    })
    const times = { timeoutMs: 200, stalledMs: 60_000 }
    const running = await findProcess(String(process.pid), times)
    assert.equal((await running.check()).verdict, 'healthy')
    assert.equal(hellos, 4)
  })

  const shapes = {
    '/status': [
      null,
      [],
      { memory: 'much' },
      { ...STATUS, verdict: { a: 1 } },
      { ...STATUS, growthBytesPerHour: '1' },
      { ...STATUS, startedAt: 'yesterday' },
      { ...STATUS, program: ['a'] },
      { ...STATUS, memory: { ...STATUS.memory, rssBytes: '9' } }
    ],
    '/report': [
      { status: null, check: null, memory: null },
      { ...REPORT_OF_PAGE, memory: { recent: { floorBytes: 'x' } } },
      { ...REPORT_OF_PAGE, check: { ...CHECK, verdict: '__proto__' } },
      { ...REPORT_OF_PAGE, check: { ...CHECK, verdict: 'native-growth' } },
      { ...REPORT_OF_PAGE, check: { ...CHECK, verdict: 'skipped' } },
      { ...REPORT_OF_PAGE, check: { ...CHECK, leaks: [{ title: 1 }] } },
      { ...REPORT_OF_PAGE, check: { ...CHECK, leaks: { length: 1 } } }
    ]
  }
  it('is refused when its answers have another shape', async (t) => {
    const { runtime } = runtimeFolder(t)
    let answer
    await listenAs(t, process.pid, (req, res) => {
      res.end(JSON.stringify(req.url === '/hello' ? helloOf() : answer))
    })
    const running = await findProcess(String(process.pid))
    const ask = { '/status': () => running.status(), '/report': () => running.report() }
    for (const [name, valid] of [
      ['/status', STATUS],
      ['/report', REPORT_OF_PAGE]
    ]) {
      answer = valid
      assert.deepEqual(await ask[name](), valid)
      for (answer of shapes[name]) {
        await assert.rejects(ask[name](), { code: 'ERR_PROCESS' }, JSON.stringify(answer))
      }
    }
    answer = shapes['/status'][3]
    const env = cleanEnvironment({ XDG_RUNTIME_DIR: runtime })
    const ps = spawn(process.execPath, ['bin/seep.js', 'ps'], { cwd: ROOT, env })
    let printed = ''
    ps.stderr.setEncoding('utf8').on('data', (text) => {
      printed += text
    })
    assert.deepEqual(await once(ps, 'exit'), [0, null])
    assert.match(printed, /answers \/status with something else than a seep\n$/m)
  })

  it('leaves no half of a snapshot', async (t) => {
    const { runtime } = runtimeFolder(t)
    await listenAs(t, process.pid, (req, res) => {
      if (req.url === '/hello') return res.end(JSON.stringify(helloOf()))
      res.write('{"snapshot":', () => req.socket.destroy())
    })
    const running = await findProcess(String(process.pid))
    const taking = running.snapshot(path.join(runtime, 'a.heapsnapshot'))
    await assert.rejects(taking, /broke off after 12 bytes/)
    assert.deepEqual(namesIn(runtime), ['seep'])
  })

  it('leaves no half of a snapshot either when the command is ended', async (t) => {
    const { runtime } = runtimeFolder(t)
    let child = null
    await listenAs(t, process.pid, (req, res) => {
      if (req.url === '/hello') return res.end(JSON.stringify(helloOf()))
      res.write('{"snapshot":', () => child.kill('SIGINT'))
    })
    const file = path.join(runtime, 'a.heapsnapshot')
    child = spawn(process.execPath, ['bin/seep.js', 'snapshot', String(process.pid), file], {
      cwd: ROOT,
      env: cleanEnvironment({ XDG_RUNTIME_DIR: runtime })
    })
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGINT'])
    assert.deepEqual(namesIn(runtime), ['seep'])
  })

  it('has its control characters made visible', async (t) => {
    runtimeFolder(t)
    await listenAs(t, process.pid, (req, res) => {
      if (req.url === '/hello') return res.end(JSON.stringify(helloOf()))
      res.statusCode = 503
      res.end(JSON.stringify({ code: 'X', message: '\u001b]0;owned\u0007' }))
    })
    const running = await findProcess(String(process.pid))
    await assert.rejects(running.status(), /: \\u001b\]0;owned\\u0007 \(X\)$/)
  })
})

describe('a folder', { skip: isWindows }, () => {
  it('must belong to the user', (t) => {
    runtimeFolder(t)
    const folder = prepareFolder()
    assert.equal(faultOfFolder(folder, process.geteuid()), null)
    assert.equal(faultOfFolder(folder, process.geteuid() + 1), 'belongs to another user')
  })

  it('must not be where others may replace it, unless the kernel knows who they are', (t) => {
    const { runtime } = runtimeFolder(t)
    const folder = prepareFolder()
    fs.chmodSync(runtime, 0o777)
    const user = process.geteuid()
    assert.match(faultOfFolder(folder, user, false), /where others may replace it$/)
    assert.equal(faultOfFolder(folder, user, true), null)
    fs.chmodSync(runtime, 0o1777)
    assert.equal(faultOfFolder(folder, user, false), null)
  })

  it('of the temporary folder is used without a runtime folder of this user', (t) => {
    const { runtime, sockets } = runtimeFolder(t)
    assert.ok(!knownFolders().some(({ folder }) => folder === sockets), 'not there yet')
    process.env.XDG_RUNTIME_DIR = path.join(runtime, 'none')
    const before = process.env.TMPDIR
    process.env.TMPDIR = runtime
    t.after(() => {
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
    })
    assert.equal(prepareFolder(), path.join(runtime, `seep-${process.geteuid()}`))
  })

  it('whose path is too long for a socket is refused', (t) => {
    const { runtime } = runtimeFolder(t)
    process.env.XDG_RUNTIME_DIR = path.join(runtime, 'x'.repeat(100))
    fs.mkdirSync(process.env.XDG_RUNTIME_DIR)
    const { start } = require('seep')
    const detector = start({ socket: true })
    assert.match(detector.status().socket.problem, /is too long for the path of a socket$/)
    return detector.stop()
  })
})

/** Whether every folder above a file lets everybody in. */
function isForAll(file) {
  const folder = path.dirname(file)
  return folder === file || ((fs.statSync(folder).mode & 1) === 1 && isForAll(folder))
}

describe('another user', { skip: !isLinux }, () => {
  it('is not answered, even if the folder lets them in', async (t) => {
    if (process.geteuid() !== 0) return t.skip('only root can become another user')
    const { server } = serve(t)
    const folder = path.dirname(server.path)
    for (const it of [folder, path.dirname(folder)]) fs.chmodSync(it, 0o711)
    fs.chmodSync(server.path, 0o666)
    const client = path.join(__dirname, 'fixtures', 'raw-client.js')
    for (const file of [client, process.execPath, server.path]) {
      if (!isForAll(file)) return t.skip(`another user cannot reach ${path.dirname(file)}`)
    }
    const child = fork(client, [server.path], {
      env: cleanEnvironment({}),
      execArgv: [],
      uid: 65_534,
      gid: 65_534
    })
    const [received] = await once(child, 'message')
    assert.equal(received, '')
  })
})
