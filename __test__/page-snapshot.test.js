'use strict'

/** A snapshot of a running process, through its page: who gets one, and what remains if nobody takes it. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { describe, it } = require('node:test')
const { createGunzip } = require('node:zlib')
const { analyzeFile } = require('seep')
const { sendSnapshot } = require('../lib/page/snapshot')
const { startApp, until } = require('./support/live-app')

const onLinux = { skip: process.platform !== 'linux' }
const OPS = { Authorization: `Basic ${btoa('ops:geheim')}` }

/** Sends a request and resolves to the response, whose body is left to the caller. */
async function ask(url, { method = 'POST', headers = {}, signal } = {}) {
  const req = http.request(url, { method, headers, agent: false, signal })
  req.end()
  const [res] = await once(req, 'response')
  return res
}

async function answerTo(url, options) {
  const res = await ask(url, options)
  const text = (await res.setEncoding('utf8').toArray()).join('')
  return { status: res.statusCode, headers: res.headers, text, json: () => JSON.parse(text) }
}

async function tokenOf(url, headers = OPS) {
  return (await answerTo(url, { method: 'GET', headers })).json().token
}

/** Resolves to the next snapshot. The server may hear a moment later that the last one has ended. */
async function nextOf(url, headers, signal) {
  let res
  await until(async () => {
    res = await ask(url, { headers, signal })
    if (res.statusCode === 409) res.resume()
    return res.statusCode !== 409
  })
  assert.equal(res.statusCode, 200)
  return res
}

/** Saves a response in the way a client does. */
async function saved(t, res) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-saved-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'a.heapsnapshot')
  const coders = res.headers['content-encoding'] === 'gzip' ? [createGunzip()] : []
  await pipeline(res, ...coders, fs.createWriteStream(file))
  return file
}

describe('POST ?snapshot', () => {
  it('is off by default, and says what turns it on', async (t) => {
    const app = await startApp(t, { page: {} })
    for (const method of ['GET', 'POST']) {
      const { status, json } = await answerTo(`${app.origin}/open?snapshot`, { method })
      assert.equal(status, 403)
      assert.equal(json().code, 'snapshot-off')
      assert.match(json().message, /allowSnapshot/)
    }
    assert.equal((await app.status()).capture, null, 'nothing was captured')
  })

  it('is behind the same guard as the page, and needs the token that only the page has', async (t) => {
    const app = await startApp(t)
    const url = `${app.origin}/_seep/?snapshot`
    for (const method of ['GET', 'POST']) {
      assert.equal((await answerTo(url, { method })).status, 401)
      const headers = { Authorization: `Basic ${btoa('ops:wrong')}` }
      assert.equal((await answerTo(url, { method, headers })).status, 401)
    }
    const token = await tokenOf(url)
    assert.match(token, /^[\w-]{32}$/)
    const refused = {
      'wrong-token': [{}, { 'X-Seep-Token': 'x' }],
      'cross-origin': [
        { 'X-Seep-Token': token, Origin: 'https://evil.example' },
        { 'X-Seep-Token': token, 'Sec-Fetch-Site': 'cross-site' },
        { 'X-Seep-Token': token, 'Sec-Fetch-Site': 'same-site' }
      ]
    }
    for (const [code, cases] of Object.entries(refused)) {
      for (const headers of cases) {
        const { status, json } = await answerTo(url, { headers: { ...OPS, ...headers } })
        assert.deepEqual([status, json().code], [403, code])
      }
    }
    const { status, headers } = await answerTo(url, { method: 'PUT', headers: OPS })
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, POST'])
  })

  it('sends a file that says the same as DevTools would, packed for those who want that', async (t) => {
    const app = await startApp(t)
    const url = `${app.origin}/_seep?snapshot`
    const headers = { ...OPS, 'X-Seep-Token': await tokenOf(url) }
    for (const coding of ['identity', 'gzip']) {
      const res = await ask(url, { headers: { ...headers, 'Accept-Encoding': coding } })
      assert.equal(res.statusCode, 200)
      assert.equal(res.headers['content-encoding'], coding === 'gzip' ? 'gzip' : undefined)
      assert.equal(res.headers['cache-control'], 'no-store')
      assert.match(
        res.headers['content-disposition'],
        /^attachment; filename="Heap\.[\d.]+\.heapsnapshot"$/
      )
      const file = await saved(t, res)
      assert.equal(fs.statSync(file).size, Number(res.headers['x-seep-bytes']))
      const { classes } = await analyzeFile(file)
      assert.ok(classes.find(({ name }) => name === 'Array').count >= 150_000)
    }
    assert.deepEqual(app.files(), [])
    const { cpuMsLeftToday, options } = await app.status()
    assert.ok(cpuMsLeftToday < options.maxDailyCpuMs, 'counted as captures')
  })

  it('sends one at a time', async (t) => {
    const app = await startApp(t)
    const url = `${app.origin}/_seep?snapshot`
    const headers = { ...OPS, 'X-Seep-Token': await tokenOf(url) }
    // More than fits into the buffers on the way: the response waits for its reader.
    const first = await ask(url, { headers })
    const second = await answerTo(url, { headers })
    assert.deepEqual([second.status, second.json().code], [409, 'ERR_CAPTURE_IN_PROGRESS'])
    const elsewhere = await answerTo(`${app.origin}/open?snapshot`, {
      headers: { 'X-Seep-Token': await tokenOf(`${app.origin}/open?snapshot`) }
    })
    assert.equal(elsewhere.status, 409, 'one of a detector, whichever page')
    await saved(t, first)
    ;(await nextOf(url, headers)).destroy()
  })

  it(
    'has no file with a name while it is sent, and none at all when the client has gone',
    onLinux,
    async (t) => {
      const app = await startApp(t)
      const url = `${app.origin}/_seep?snapshot`
      const headers = { ...OPS, 'X-Seep-Token': await tokenOf(url) }
      const res = await ask(url, { headers })
      await once(res, 'readable')
      assert.deepEqual([app.files(), app.children()], [[], []])
      res.destroy()
      await until(async () => {
        const next = await ask(url, { headers })
        next.destroy()
        return next.statusCode === 200
      })
      assert.deepEqual(app.files(), [])
    }
  )

  it('ends the child if the client goes away meanwhile', onLinux, async (t) => {
    const app = await startApp(t)
    const url = `${app.origin}/_seep?snapshot`
    const headers = { ...OPS, 'X-Seep-Token': await tokenOf(url) }
    for (let i = 0; i < 3; i++) {
      const leave = new AbortController()
      const gone = assert.rejects(nextOf(url, headers, leave.signal), { name: 'AbortError' })
      // An answer before there is a child is a failure.
      await Promise.race([until(() => app.children().length > 0), gone])
      leave.abort()
      await until(() => app.children().length === 0)
      await gone
      assert.deepEqual(app.files(), [])
    }
    // Ending them on purpose is no reason to rest.
    await analyzeFile(await saved(t, await nextOf(url, headers)))
  })

  it('ends with the detector', async (t) => {
    const app = await startApp(t)
    const url = `${app.origin}/_seep?snapshot`
    const headers = { ...OPS, 'X-Seep-Token': await tokenOf(url) }
    const running = answerTo(url, { headers })
    const hasChild = () => process.platform !== 'linux' || app.children().length > 0
    await Promise.race([until(hasChild), running])
    await app.stop()
    // It may have been complete just before.
    const { status, json } = await running
    if (status !== 200) assert.deepEqual([status, json().code], [503, 'ERR_ABORTED'])
    const after = await answerTo(url, { headers })
    assert.deepEqual([after.status, after.json().code], [503, 'ERR_STOPPED'])
    assert.deepEqual(app.files(), [])
  })

  it('answers with the code of what speaks against it', async (t) => {
    const cases = {
      ERR_CAPTURE_PAUSE_BUDGET: { detector: { capture: 'inline', maxPauseMs: 1 } },
      ERR_DISABLED: { env: { SEEP_ENABLED: '0' } },
      ERR_FILE_DISK_FULL: { env: { TMPDIR: '/proc' } },
      ERR_FILE_OS: { env: { TMPDIR: path.join(__filename, 'folder') } }
    }
    if (process.platform !== 'linux') delete cases.ERR_FILE_DISK_FULL
    if (process.platform === 'win32') delete cases.ERR_FILE_OS
    for (const [code, options] of Object.entries(cases)) {
      const app = await startApp(t, options)
      const url = `${app.origin}/open?snapshot`
      const { status, json } = await answerTo(url, {
        headers: { 'X-Seep-Token': await tokenOf(url) }
      })
      assert.deepEqual([status, json().code], [503, code], json().message)
    }
  })

  it('does not wait for a client that takes nothing', async () => {
    let closed = 0
    const file = {
      createReadStream: () =>
        Readable.from(Array.from({ length: 1000 }, () => Buffer.alloc(65_536)))
    }
    const open = async () => ({ file, bytes: 65_536_000, close: async () => void closed++ })
    const sent = []
    const server = http.createServer((req, res) => {
      sent.push(sendSnapshot(req, res, open, { headers: {}, stalledMs: 50 }))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const res = await ask(`http://127.0.0.1:${server.address().port}`)
    res.socket.pause()
    await Promise.all(sent)
    assert.equal(closed, 1)
    res.destroy()
    server.close()
  })
})
