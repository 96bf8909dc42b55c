'use strict'

/** `seep top`: what it draws, what it remembers, and how it leaves the terminal. */

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const { describe, it } = require('node:test')
const { draw } = require('../lib/top/view')
const { cut, oneLine, pad } = require('../lib/top/text')
const { Watcher } = require('../lib/top/watcher')
const { libraries } = require('../lib/top/bundle')
const { lacking } = require('./support/lacking')
const { ROOT, cleanEnvironment, runNode } = require('./support/program')
const { runtimeFolder, startService } = require('./support/socket-app')

const NOW = Date.parse('2026-01-02T03:04:05Z')
const MB = 1e6

function leakOf(name, verdict = 'leak') {
  return {
    verdict,
    id: '0123456789abcdef',
    title: `Object accumulates in Map \`${name}\``,
    container: { label: 'Map', className: 'Map', name, location: null },
    items: { label: 'Object', className: 'Object', count: 5000, exclusiveBytes: 1, location: null },
    growth: { counts: [1000, 5000], retainedBytes: [MB, 5 * MB], bytesPerHour: 4 * MB },
    path: [],
    pathText: `module app.js\n  ${name} → Map`,
    advice: 'Entries are added and never removed.',
    allocations: null
  }
}

function rowOf(
  name,
  { verdict = null, leaks = [], program = 'app.js', problem = null, growth = null } = {}
) {
  const report = {
    status: {
      enabled: true,
      state: 'watching',
      captures: 2,
      options: { intervalMs: 60_000, minChecks: 3 }
    },
    check: verdict === null ? null : { verdict, leaks, suspects: [], native: null }
  }
  const memory = {
    rssBytes: 80 * MB,
    heapUsedBytes: 20 * MB,
    externalBytes: 2 * MB,
    floorBytes: 10 * MB
  }
  const [pid, thread = 0] = name.split(':').map(Number)
  const status = {
    pid,
    thread,
    program,
    node: '24.0.0',
    startedAt: '2026-01-02T01:04:05Z',
    memory,
    verdict,
    leaks: leaks.length,
    suspects: 0,
    growthBytesPerHour: leaks.length * 4 * MB,
    detector: { checking: false, growth }
  }
  const samples = Object.fromEntries(
    Object.keys(memory).map((it) => [it, [1, 2, 3].map((n) => n * MB)])
  )
  return { name, status, report, samples, problem }
}

function stateOf(rows, more = {}) {
  return {
    rows,
    problems: [],
    view: 'list',
    isAlone: false,
    selected: rows[0]?.name ?? null,
    leak: 0,
    scroll: 0,
    note: null,
    now: NOW,
    ...more
  }
}

const shown = (state, columns = 80, rows = 24, hasColours = false) =>
  draw(state, { columns, rows, hasColours })

describe('the screen of seep top', () => {
  const rows = [
    rowOf('4711', { verdict: 'leak', leaks: [leakOf('sessions')] }),
    rowOf('4712', { verdict: 'healthy' }),
    rowOf('4713:2', { growth: { signal: 'heap', bytes: 3 * MB, share: 0.3, perWindow: 1 } })
  ]

  it('lists processes, and shows the selected one below them', () => {
    const text = shown(stateOf(rows)).join('\n')
    assert.match(
      text,
      /^seep top {2}3 processes, 03:04:05 UTC\n\n {2}pid +up +verdict +heap +rss +growth {2}program\n/
    )
    assert.match(text, /\n▸ 4711 +2 h 0 min {2}leak +20 MB {2}80 MB {2}\+4\.0 MB\/h {2}app\.js\n/)
    assert.match(text, /\n {2}4713:2 +2 h 0 min {2}none yet/)
    assert.match(text, /\nOne leak is confirmed\n {2}It grows by 4\.0 MB per hour\.\n/)
    assert.match(text, /\n {2}LEAK {2}Object in Map sessions +5,000, 5\.0 MB, \+4\.0 MB\/h/)
    assert.match(text, /after collection +3\.0 MB {2}1\.0 MB – 3\.0 MB +▁▅█/)
    assert.match(text, /q quit$/)
  })

  it('says which memory grows, and what is known of a process without a verdict', () => {
    const text = shown(stateOf(rows, { selected: '4713:2', view: 'process' })).join('\n')
    assert.match(text, /No check yet/)
    assert.match(text, /The heap has grown by 3\.0 MB \(30 %\) since the last capture\./)
  })

  it('opens a leak, and scrolls its text', () => {
    const open = { view: 'leak', leak: 0 }
    const text = shown(stateOf(rows, open)).join('\n')
    assert.match(text, /seep: memory leak: Object accumulates in Map `sessions`/)
    assert.match(text, /module app\.js\n +sessions → Map/)
    assert.match(text, /counts {2}1,000 → 5,000\nfingerprint {2}0123456789abcdef/)
    const scrolled = shown(stateOf(rows, { ...open, scroll: 2 }), 80, 8).join('\n')
    assert.doesNotMatch(scrolled, /memory leak/)
  })

  it('fits every terminal, and marks the selection without colours too', () => {
    for (const view of ['list', 'process', 'leak']) {
      for (const [columns, height] of [
        [80, 24],
        [200, 50],
        [40, 10],
        [20, 5],
        [5, 3]
      ]) {
        const lines = shown(stateOf(rows, { view }), columns, height)
        assert.equal(lines.length, height)
        for (const line of lines) {
          const width = libraries().stringWidth(line)
          assert.ok(width <= columns, `${columns} columns: ${line}`)
          assert.ok(!line.includes('\u001b'))
        }
      }
    }
    assert.ok(shown(stateOf(rows), 80, 24, true).some((line) => line.includes('\u001b[31m')))
  })

  it('keeps the selected process in view, however many there are', () => {
    const many = Array.from({ length: 300 }, (_, i) => rowOf(String(i + 1)))
    const lines = shown(stateOf(many, { selected: '250' }))
    assert.ok(lines.some((line) => line.startsWith('▸ 250 ')))
    assert.equal(lines.length, 24)
  })

  it('shows names from other programs as they are, and never obeys them', () => {
    const evil = '\u001b]0;owned\u0007\n\u202ename'
    const row = rowOf('1', { verdict: 'leak', leaks: [leakOf(evil)], program: evil, problem: evil })
    for (const view of ['list', 'process', 'leak']) {
      const text = shown(stateOf([row], { view, note: evil }), 200).join('\n')
      for (const it of ['\u001b', '\u0007', '\u202e']) assert.ok(!text.includes(it), view)
      assert.match(text, /\\u001b\]0;owned\\u0007\\n\\u202ename/)
    }
  })

  it('says what to do without any process', () => {
    const text = shown(stateOf([], { problems: ['/run/x is a symbolic link'] })).join('\n')
    assert.match(text, /Start one with SEEP_SOCKET=1/)
    assert.match(text, /\/run\/x is a symbolic link/)
  })
})

describe('text of one line', () => {
  it('is as wide as it looks', () => {
    assert.equal(pad('日本', 5), '日本 ')
    assert.equal(cut('日本語', 4), '日…')
    assert.equal(pad('7', 3, true), '  7')
    assert.equal(cut('abc', 1), '…')
    assert.equal(oneLine('a\tb'), 'a\\u0009b')
  })
})

/** A process that answers without a socket. */
function processOf(name, answers) {
  return {
    name,
    status: async () => answers.status(),
    report: async () => {
      answers.reports = (answers.reports ?? 0) + 1
      return rowOf(name, { verdict: 'healthy' }).report
    }
  }
}

describe('the watcher', () => {
  it('asks for a report only if it is selected and has changed', async () => {
    let revision = 1
    const answers = { status: () => ({ ...rowOf('1').status, revision }) }
    const watcher = new Watcher(null, {
      list: async () => ({
        processes: [processOf('1', answers)],
        problems: [],
        silent: new Set()
      })
    })
    for (let i = 0; i < 3; i++) await watcher.look('1')
    assert.equal(answers.reports, 1)
    revision = 2
    await watcher.look('2')
    assert.equal(answers.reports, 1)
    await watcher.look('1')
    assert.equal(answers.reports, 2)
    assert.equal(watcher.rows[0].samples.rssBytes.length, 5)
  })

  it('puts leaks first, keeps what does not answer, and drops what has ended', async () => {
    let isSilent = false
    const answering = (name, verdict) =>
      processOf(name, {
        status: () => {
          if (isSilent) throw new Error('does not answer')
          return { ...rowOf(name).status, verdict }
        }
      })
    let processes = [answering('1', 'healthy'), answering('2', 'leak'), answering('3', 'suspected')]
    let silent = new Set()
    const list = async () => ({ processes, problems: ['x'], silent })
    const watcher = new Watcher(null, { list })
    await watcher.look(null)
    assert.deepEqual(
      watcher.rows.map(({ name }) => name),
      ['2', '3', '1']
    )
    assert.deepEqual(watcher.problems, ['x'])
    isSilent = true
    processes = processes.slice(0, 2)
    await watcher.look(null)
    assert.deepEqual(
      watcher.rows.map(({ name, problem }) => [name, problem]),
      [
        ['2', 'does not answer'],
        ['1', 'does not answer']
      ]
    )
    // One that does not even say who it is has not ended.
    processes = []
    silent = new Set([2])
    await watcher.look(null)
    assert.deepEqual(
      watcher.rows.map(({ name, problem }) => [name, problem]),
      [['2', 'does not answer']]
    )
    silent = new Set()
    await watcher.look(null)
    assert.deepEqual(watcher.rows, [])
  })

  it('shows the only process until the end, and after it', async () => {
    let isThere = true
    const find = async () => {
      if (isThere) return processOf('1', { status: () => rowOf('1').status })
      throw new Error('there is no process 1')
    }
    const watcher = new Watcher('1', { find })
    await watcher.look('1')
    isThere = false
    await watcher.look('1')
    assert.match(watcher.rows[0].problem, /has ended/)
    await assert.rejects(new Watcher('1', { find }).look('1'), /there is no process/)
  })
})

/** Whether `script` of util-linux can give a program a terminal. */
function noTerminal() {
  if (process.platform !== 'linux') return 'only Linux has script -c'
  const { status } = spawnSync('script', ['-qec', 'true', '/dev/null'])
  return status === 0 ? false : 'there is no script of util-linux'
}

describe('seep top', { skip: process.platform === 'win32' }, () => {
  it('needs a terminal, and names the other way', async () => {
    const { code, stderr } = await runNode(['bin/seep.js', 'top'])
    assert.equal(code, 2)
    assert.match(stderr, /^seep top: it needs a terminal\. For a script, use seep ps --json\n$/)
  })

  const inTerminal = { skip: process.platform === 'linux' ? lacking(noTerminal()) : true }

  /** Starts it in a terminal; `said` resolves when that has been written. */
  function open(runtime, args = '') {
    const command = `stty cols 100 rows 30; exec ${process.execPath} bin/seep.js top ${args}`
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: ROOT,
      env: cleanEnvironment({ XDG_RUNTIME_DIR: runtime, TERM: 'xterm' })
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    const ended = once(child, 'close').then(([code]) => ({ code, text }))
    return {
      child,
      ended,
      press: (keys) => child.stdin.write(keys),
      async said(words) {
        while (!text.includes(words)) await once(child.stdout, 'data')
      }
    }
  }

  const isRestored = (text) => text.lastIndexOf('\u001b[?1049l') > text.lastIndexOf('\u001b[?1049h')

  it('follows a process, obeys keys, and gives the terminal back', inTerminal, async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t)
    const top = open(runtime, String(service.pid))
    await top.said('No check yet')
    top.press('c')
    await top.said('Too early to say')
    top.press('q')
    const { code, text } = await top.ended
    assert.equal(code, 0)
    assert.ok(text.includes('\u001b[?1049h') && isRestored(text))
    assert.equal((await service.ask('status')).captures, 1)
  })

  it('opens a process of the list', inTerminal, async (t) => {
    const { runtime } = runtimeFolder(t)
    await startService(t)
    const top = open(runtime)
    await top.said('fixtures/socket-app.js')
    top.press('\r')
    await top.said('← back')
    // Ctrl-C.
    top.press('\u0003')
    assert.equal((await top.ended).code, 0)
  })

  it('gives it back when a signal ends it', inTerminal, async (t) => {
    const { runtime } = runtimeFolder(t)
    const service = await startService(t)
    const top = open(runtime, String(service.pid))
    await top.said('No check yet')
    const children = `/proc/${top.child.pid}/task/${top.child.pid}/children`
    const [pid] = fs.readFileSync(children, 'utf8').split(' ').filter(Boolean)
    process.kill(Number(pid), 'SIGTERM')
    const { code, text } = await top.ended
    assert.equal(code, 143)
    assert.ok(isRestored(text))
  })

  it('takes no terminal for a process that is not there', inTerminal, async (t) => {
    const { runtime } = runtimeFolder(t)
    const { code, text } = await open(runtime, String(process.pid)).ended
    assert.equal(code, 1)
    assert.match(text, /has no socket/)
    assert.ok(!text.includes('\u001b[?1049h'))
  })
})
