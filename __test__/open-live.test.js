'use strict'

/** Fetching a snapshot of a running process, for `seep open URL`. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')
const { describe, it } = require('node:test')
const { gzipSync } = require('node:zlib')
const { analyzeFile } = require('seep')
const { fetchSnapshot, isPageUrl, readHeaders } = require('../lib/cli/open-live')
const { startApp } = require('./support/live-app')
const { evaluate, runScript } = require('./support/program')

const OPEN_LIVE = JSON.stringify(require.resolve('../lib/cli/open-live'))

/**
 * A server that answers as a page does, or otherwise.
 *
 * @param {(req: http.IncomingMessage, res: http.ServerResponse) => void} answer
 */
async function serve(t, answer) {
  const seen = []
  const server = http.createServer((req, res) => {
    seen.push({ method: req.method, url: req.url, headers: req.headers })
    answer(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${server.address().port}/_seep`, seen }
}

/** Answers like a page that has a snapshot. */
function page(text, { zip = false, bytes = text.length } = {}) {
  return (req, res) => {
    if (req.method === 'GET') return res.end('{"token":"t"}')
    res.setHeader('X-Seep-Bytes', bytes)
    if (zip) res.setHeader('Content-Encoding', 'gzip')
    res.end(zip ? gzipSync(text) : text)
  }
}

const answering =
  (status, body = {}) =>
  (_, res) => {
    res.statusCode = status
    res.end(JSON.stringify(body))
  }

describe('isPageUrl()', () => {
  it('tells the address of a page from a file', () => {
    for (const url of ['http://a/_seep', 'HTTPS://a']) assert.equal(isPageUrl(url), true)
    for (const file of ['a.heapsnapshot', 'http', '/http://a', 'C:\\http', 'ftp://a']) {
      assert.equal(isPageUrl(file), false)
    }
  })
})

describe('readHeaders()', () => {
  it('reads names and values', () => {
    const given = ['Authorization: Bearer a:b', 'Cookie:x=1', 'X-Empty: ']
    const read = { Authorization: 'Bearer a:b', Cookie: 'x=1', 'X-Empty': '' }
    assert.deepEqual(readHeaders(given), read)
  })

  it('refuses what is no header, without repeating it', () => {
    for (const text of [
      'Authorization',
      'secret',
      ': secret',
      'a b: secret',
      'a: secret\r\nb: c'
    ]) {
      assert.throws(
        () => readHeaders([text]),
        (error) => {
          assert.equal(error.code, 'ERR_USAGE')
          assert.match(error.message, /--header/)
          assert.doesNotMatch(error.message, /secret/)
          return true
        }
      )
    }
  })
})

describe('fetchSnapshot()', () => {
  it('fetches what the process holds, with a password or a header', async (t) => {
    const app = await startApp(t)
    const { host } = new URL(app.origin)
    const { value } = await evaluate(
      `const { fetchSnapshot } = require(${OPEN_LIVE})
       const stages = []
       const onProgress = (progress) => stages.push(progress)
       fetchSnapshot('http://ops:geheim@${host}/_seep', { onProgress }).then(async (file) => {
         const { statSync } = require('node:fs')
         const { classes } = await require('seep').analyzeFile(file)
         const modes = [file, require('node:path').dirname(file)].map((it) => statSync(it).mode & 0o777)
         console.log(JSON.stringify({ file, modes, stages, size: statSync(file).size, classes }))
       })`
    )
    const { file, modes, stages, size, classes } = value
    assert.ok(classes.find(({ name }) => name === 'Array').count >= 150_000)
    if (process.platform !== 'win32') assert.deepEqual(modes, [0o600, 0o700])
    assert.equal(fs.existsSync(path.dirname(file)), false, 'removed at the end')
    assert.deepEqual(stages[0], { stage: 'taking', doneBytes: null, totalBytes: null })
    assert.deepEqual(stages.at(-1), { stage: 'downloading', doneBytes: size, totalBytes: size })
    const headers = { authorization: `Basic ${btoa('ops:geheim')}` }
    const again = await fetchSnapshot(`${app.origin}/_seep/`, { headers })
    t.after(() => fs.rmSync(path.dirname(again), { recursive: true, force: true }))
    assert.ok((await analyzeFile(again)).nodeCount > 150_000)
  })

  it('says who refuses, and what to do', async (t) => {
    const cases = [
      [401, {}, /asks who you are \(401\).*--header 'Authorization: …'.*USER:PASSWORD@/],
      [403, {}, /refuses \(403\)\. Its guard must let you in.*allowSnapshot: true/],
      [403, { code: 'snapshot-off' }, /does not offer snapshots \(403\).*allowSnapshot: true/],
      [403, { code: 'wrong-token' }, /several processes in turn \(403\)/],
      [404, {}, /is not there \(404\).*allowSnapshot: true/],
      [405, {}, /does not know snapshots \(405\).*allowSnapshot: true/],
      [409, {}, /already sending a snapshot \(409\).*allowSnapshot/],
      [
        503,
        { code: 'ERR_CAPTURE_NO_MEMORY', message: 'too\u001b[31m little' },
        /could not take a snapshot \(503\): too\\u001b\[31m little \(ERR_CAPTURE_NO_MEMORY\).*allowSnapshot/
      ],
      [504, {}, /through its proxy \(504\)/],
      [500, {}, /answered with 500$/]
    ]
    for (const [status, body, message] of cases) {
      for (const refusing of ['GET', 'POST']) {
        const { url } = await serve(t, (req, res) => {
          const answer = req.method === refusing ? answering(status, body) : page('x')
          answer(req, res)
        })
        await assert.rejects(fetchSnapshot(url), { code: 'ERR_FILE_OS', message })
      }
    }
  })

  it('says when something else answers, or nothing', async (t) => {
    const { url } = await serve(t, (_, res) => res.end('<h1>Log in</h1>'))
    await assert.rejects(
      fetchSnapshot(url),
      /is not the page of a seep.*asked to log in.*allowSnapshot/
    )
    await assert.rejects(fetchSnapshot('http://127.0.0.1:1/'), /cannot be reached: .*ECONNREFUSED/)
    for (const wrong of ['ftp://a', 'http://', 'http://%zz@a/']) {
      await assert.rejects(fetchSnapshot(wrong), { code: 'ERR_USAGE' })
    }
  })

  it('follows redirects to the same origin only, and sends its secrets nowhere else', async (t) => {
    const other = await serve(t, page('x'))
    const here = await serve(t, (req, res) => {
      if (req.url.startsWith('/away')) res.writeHead(302, { Location: other.url }).end()
      else if (req.url.startsWith('/loop')) res.writeHead(302, { Location: '/loop' }).end()
      else if (req.url.startsWith('/_seep/')) page('{}')(req, res)
      else res.writeHead(301, { Location: '/_seep/' }).end()
    })
    const headers = { Authorization: 'Bearer secret' }
    const file = await fetchSnapshot(here.url, { headers })
    t.after(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }))
    assert.equal(fs.readFileSync(file, 'utf8'), '{}')
    assert.ok(here.seen.every((it) => it.headers.authorization === 'Bearer secret'))
    const posted = here.seen.filter(({ method }) => method === 'POST')
    assert.deepEqual(
      posted.map((it) => it.url),
      ['/_seep/?snapshot=']
    )
    const away = here.url.replace('/_seep', '/away')
    await assert.rejects(fetchSnapshot(away, { headers }), /redirects to .* another origin/)
    assert.deepEqual(other.seen, [])
    const loop = here.url.replace('/_seep', '/loop')
    await assert.rejects(fetchSnapshot(loop, { headers }), /redirects more than 5 times/)
  })

  it('asks again where several processes answer in turn', async (t) => {
    let asked = 0
    const { url } = await serve(t, (req, res) => {
      if (req.method === 'POST' && asked++ < 2)
        return answering(403, { code: 'wrong-token' })(req, res)
      return page('{}', { zip: true })(req, res)
    })
    const file = await fetchSnapshot(url)
    t.after(() => fs.rmSync(path.dirname(file), { recursive: true, force: true }))
    assert.equal(fs.readFileSync(file, 'utf8'), '{}', 'and unpacks what was packed')
  })

  it('leaves nothing behind if it breaks off or is given up', async (t) => {
    const { url } = await serve(t, page('half', { bytes: 8 }))
    const endless = await serve(t, (req, res) => {
      if (req.method === 'GET') return res.end('{"token":"t"}')
      res.setHeader('X-Seep-Bytes', 100)
      return res.write('x')
    })
    const { value } = await evaluate(
      `const { fetchSnapshot } = require(${OPEN_LIVE})
       const fs = require('node:fs')
       const os = require('node:os')
       const folder = fs.mkdtempSync(os.tmpdir() + '/seep-test-')
       os.tmpdir = () => folder
       const leave = new AbortController()
       const reason = (error) => error.message
       const onProgress = ({ stage }) => stage === 'downloading' && leave.abort(new Error('left'))
       const said = []
       fetchSnapshot('${url}').catch(async (error) => {
         said.push(error.message)
         const given = { onProgress, signal: leave.signal }
         said.push(await fetchSnapshot('${endless.url}', given).catch(reason))
         said.push(await fetchSnapshot('${endless.url}', given).catch(reason))
         console.log(JSON.stringify({ said, left: fs.readdirSync(folder) }))
         fs.rmdirSync(folder)
       })`
    )
    assert.match(value.said[0], /broke off: 4 of 8 bytes arrived/)
    assert.deepEqual(value.said.slice(1), ['left', 'left'])
    assert.deepEqual(value.left, [])
  })

  it('removes the file also if a signal ends the process', {
    skip: process.platform === 'win32'
  }, async (t) => {
    const { url } = await serve(t, page('{}'))
    const { signal, stdout } = await runScript(
      `const { fetchSnapshot } = require(${OPEN_LIVE})
       fetchSnapshot('${url}').then((file) => {
         require('node:fs').writeSync(1, file)
         process.kill(process.pid, 'SIGTERM')
         setInterval(() => {}, 1000)
       })`
    )
    assert.equal(signal, 'SIGTERM')
    assert.match(stdout, /\.heapsnapshot$/)
    assert.equal(fs.existsSync(path.dirname(stdout)), false)
  })
})
