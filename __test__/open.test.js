'use strict'

/** `seep open`: the command, and who its server answers to. */

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it, mock } = require('node:test')
const { readBundle } = require('../lib/explorer/bundle')
const { Idle } = require('../lib/explorer/idle')
const { writeWide } = require('./support/drawn-snapshots')
const { explore, request } = require('./support/explorer')
const { startApp } = require('./support/live-app')
const { ROOT, cleanEnvironment, runNode } = require('./support/program')
const { tinySnapshot } = require('./support/snapshot')

const isWindows = process.platform === 'win32'
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-open-'))
const file = path.join(folder, 'tiny.heapsnapshot')

before(() => fs.writeFileSync(file, tinySnapshot()))
after(() => fs.rmSync(folder, { recursive: true }))

const seep = (...args) => runNode(['bin/seep.js', 'open', ...args])

/** The command, once it has said where it is. */
async function start(t, args, env = {}) {
  const child = spawn(process.execPath, ['bin/seep.js', 'open', ...args], {
    cwd: ROOT,
    env: cleanEnvironment(env)
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.setEncoding('utf8')
  while (!said.includes('\n')) said += (await once(child.stdout, 'data'))[0]
  return { child, url: said.slice(0, said.indexOf('\n')) }
}

describe('seep open', () => {
  it('prints where it is, answers there, and ends with Ctrl-C', async (t) => {
    const { child, url } = await start(t, ['--no-browser', file])
    assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/)
    assert.equal((await request(url)).status, 303)
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    if (!isWindows) assert.equal(code, 0)
  })

  it('shows a running process, which keeps nothing of its snapshot', async (t) => {
    const app = await startApp(t)
    const before = await app.status()
    const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-open-live-'))
    t.after(() => fs.rmSync(temporary, { recursive: true }))
    const { host } = new URL(app.origin)
    const address = `http://ops:geheim@${host}/_seep`
    const { child, url } = await start(t, ['--no-browser', address], { TMPDIR: temporary })
    assert.deepEqual([app.files(), await app.children()], [[], []], 'it has sent all of it')
    assert.equal((await app.status()).state, before.state)
    await app.stop()
    const entrance = await request(url)
    const [cookie] = entrance.headers['set-cookie'][0].split(';')
    const ask = async (query) => {
      const address = new URL(`/api/${query}`, url)
      const headers = { cookie, 'sec-fetch-site': 'same-origin' }
      return JSON.parse((await request(address, { headers })).text)
    }
    const { rows } = await ask('classes?file=0&filter=Array&limit=50')
    assert.ok(rows.find(({ className }) => className === 'Array').count >= 150_000)
    const { path: steps } = await ask(`object?file=0&id=${(await ask('dominators')).rows[0].id}`)
    assert.ok(steps.length > 0)
    assert.equal((await request(new URL('/api/summary', url))).status, 403, 'without the cookie')
    assert.equal(fs.readdirSync(temporary).length, 1)
    child.kill('SIGINT')
    await once(child, 'close')
    if (!isWindows) assert.deepEqual(fs.readdirSync(temporary), [], 'the snapshot is removed')
  })

  it('ends at once while it opens a file', { skip: isWindows }, async (t) => {
    const large = path.join(folder, 'large.heapsnapshot')
    writeWide(large, 400_000)
    const { child } = await start(t, ['--no-browser', large])
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    assert.equal(code, 0)
  })

  it('listens where it is told to, and says if it cannot', async (t) => {
    const { url } = await start(t, ['--no-browser', '--port', '0', file])
    const { port } = new URL(url)
    const { code, stderr } = await seep('--no-browser', '--port', port, file)
    assert.equal(code, 1)
    assert.match(stderr, /EADDRINUSE/)
  })

  it('opens the browser of the user', { skip: isWindows }, async (t) => {
    const bin = path.join(folder, 'bin')
    const seen = path.join(folder, 'seen')
    fs.mkdirSync(bin)
    for (const name of ['xdg-open', 'open']) {
      fs.writeFileSync(
        path.join(bin, name),
        `#!/bin/sh\nprintf %s "$1" >'${seen}.part'\nmv '${seen}.part' '${seen}'\n`
      )
      fs.chmodSync(path.join(bin, name), 0o755)
    }
    const { url } = await start(t, [file], { PATH: `${bin}${path.delimiter}${process.env.PATH}` })
    while (!fs.existsSync(seen)) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(fs.readFileSync(seen, 'utf8'), url)
  })

  const WRONG = {
    'no file': [[], /expected a snapshot file/],
    'a file that is not there': [
      ['nowhere.heapsnapshot'],
      /nowhere\.heapsnapshot cannot be read/,
      1
    ],
    'a folder': [[folder], /is not a file/],
    'the same file twice': [[file, file], /named twice/],
    'a port that is none': [['--port', '70000', file], /--port must be a port from 0 to 65535/],
    'no number of minutes': [['--idle', 'soon', file], /--idle must be a number of minutes/],
    'an unknown option': [['--prot', '1', file], /Did you mean --port\?/]
  }
  for (const [what, [args, message, expected = 2]] of Object.entries(WRONG)) {
    it(`refuses ${what}`, async () => {
      const { code, stdout, stderr } = await seep('--no-browser', ...args)
      assert.equal(code, expected)
      assert.match(stderr, message)
      assert.equal(stdout, '')
    })
  }

  it('refuses files that are not oldest first, unless their order is meant', async (t) => {
    const older = path.join(folder, 'older.heapsnapshot')
    fs.writeFileSync(older, tinySnapshot())
    fs.utimesSync(older, new Date(0), new Date(0))
    const { code, stderr } = await seep('--no-browser', file, older)
    assert.equal(code, 2)
    assert.match(stderr, /older\.heapsnapshot is older/)
    const { url } = await start(t, ['--no-browser', '--keep-order', file, older])
    assert.ok(url)
  })

  it('says which command builds the page', () => {
    assert.throws(() => readBundle(path.join(folder, 'none')), {
      code: 'NO_BUNDLE',
      message: /npm run build:page/
    })
  })

  it('ends when nobody has asked for a while', async (t) => {
    let onIdle
    const idle = new Promise((resolve) => {
      onIdle = resolve
    })
    const { ask } = await explore(t, [file], { idleMs: 20, onIdle })
    assert.equal((await ask('/api/files')).status, 200)
    await idle
  })

  it('does not end while somebody looks', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      let ends = 0
      const idle = new Idle(1000, () => {
        ends++
      })
      idle.start()
      const first = idle.begin()
      const second = idle.begin()
      first()
      mock.timers.tick(5000)
      assert.equal(ends, 0, 'while the second request runs')
      second()
      mock.timers.tick(999)
      assert.equal(ends, 0)
      mock.timers.tick(1)
      assert.equal(ends, 1)
    } finally {
      mock.timers.reset()
    }
  })

  it('never ends with --idle 0', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const idle = new Idle(0, () => assert.fail('it ended'))
      idle.start()
      idle.begin()()
      mock.timers.tick(1e9)
    } finally {
      mock.timers.reset()
    }
  })
})

describe('the server of seep open', () => {
  it('exchanges the token for a cookie that scripts and other sites do not get', async (t) => {
    const { url, origin, cookie } = await explore(t, [file])
    const { status, headers, text } = await request(url)
    assert.equal(status, 303)
    assert.equal(headers.location, '/')
    assert.match(headers['set-cookie'][0], /; HttpOnly; SameSite=Strict; Path=\/$/)
    assert.doesNotMatch(
      headers['set-cookie'][0],
      new RegExp(new URL(url).searchParams.get('token'))
    )
    assert.equal(text, '')
    const page = await request(origin, { headers: { Cookie: cookie } })
    assert.equal(page.status, 200)
    assert.match(page.text, /<div id="app">/)
  })

  it('keeps the state that a link with the token names', async (t) => {
    const { url } = await explore(t, [file])
    const { headers } = await request(url.replace('/?', '/0/classes?sort=count&'))
    assert.equal(headers.location, '/0/classes?sort=count')
  })

  /** Everything that may be asked for. */
  const PLACES = [
    '/',
    '/0/classes',
    '/assets/page.js',
    '/api/files',
    '/api/summary?file=0',
    '/api/events?file=0'
  ]

  /** What strangers send; `cookie` is the right one. */
  const STRANGERS = {
    'no cookie': () => ({}),
    'another cookie': ({ name }) => ({ Cookie: `${name}=${'x'.repeat(32)}` }),
    'the cookie of another port': ({ cookie }) => ({
      Cookie: cookie.replace(/^seep-\d+/, 'seep-1')
    }),
    'another host (DNS rebinding)': ({ cookie }) => ({ Cookie: cookie, Host: 'evil.example' }),
    'another port': ({ cookie }) => ({ Cookie: cookie, Host: '127.0.0.1:1' }),
    'another origin': ({ cookie }) => ({ Cookie: cookie, Origin: 'https://evil.example' }),
    'another site': ({ cookie }) => ({ Cookie: cookie, 'Sec-Fetch-Site': 'cross-site' }),
    'the same site, but another port': ({ cookie }) => ({
      Cookie: cookie,
      'Sec-Fetch-Site': 'same-site'
    })
  }
  for (const [who, headersOf] of Object.entries(STRANGERS)) {
    it(`gives nothing to ${who}`, async (t) => {
      const { origin, cookie } = await explore(t, [file])
      const headers = headersOf({ cookie, name: cookie.split('=')[0] })
      for (const place of PLACES) {
        const answer = await request(`${origin}${place}`, { headers })
        assert.equal(answer.status, 403, place)
        assert.deepEqual(Object.keys(JSON.parse(answer.text)), ['code', 'message'])
        assert.equal(answer.headers['set-cookie'], undefined)
      }
    })
  }

  it('gives nothing for a wrong token, even with the cookie', async (t) => {
    const { origin, cookie } = await explore(t, [file])
    for (const headers of [{}, { Cookie: cookie }]) {
      const { status, headers: sent } = await request(`${origin}/?token=wrong`, { headers })
      assert.equal(status, 403)
      assert.equal(sent['set-cookie'], undefined)
    }
  })

  it('lets no other page read, frame or run anything', async (t) => {
    const { origin, cookie } = await explore(t, [file])
    for (const place of [...PLACES.slice(0, 5), '/api/nothing', '/assets/nothing']) {
      const { headers } = await request(`${origin}${place}`, {
        headers: { Cookie: cookie, Origin: origin }
      })
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers['cache-control'], 'no-store')
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      const policy = headers['content-security-policy']
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.doesNotMatch(policy, /unsafe/)
    }
  })

  it('only answers to GET and HEAD', async (t) => {
    const { origin, cookie } = await explore(t, [file])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await request(`${origin}/api/files`, {
        method,
        headers: { Cookie: cookie }
      })
      assert.equal(status, 405)
      assert.equal(headers.allow, 'GET, HEAD')
    }
    const head = await request(origin, { method: 'HEAD', headers: { Cookie: cookie } })
    assert.equal(head.status, 200)
    assert.equal(head.text, '')
  })
})
