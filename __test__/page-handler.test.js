'use strict'

/** The page over HTTP: addresses, methods, formats, and who may start a check. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { describe, it } = require('node:test')
const { LeakDetector } = require('seep')
const { seepPage } = require('seep/express')
const { preferred } = require('../lib/page/accept')
const { crossOrigin } = require('../lib/page/origin')
const { ScriptedDetector, serve, tokenOf } = require('./support/page')
const { evaluate } = require('./support/program')
const { checkReport, leakReport, skipReport } = require('./support/reports')

const watching = () =>
  new ScriptedDetector().sampling().sees(checkReport({ leaks: [leakReport()] }))

/** The page without its scripts. */
const markupOf = (text) => text.replace(/<script[\s\S]*?<\/script>/g, '')

/** A request in full: fetch() hides some headers and refuses to set others. */
async function ask(url, { method = 'GET', headers = {}, path } = {}) {
  const req = http.request(url, { method, headers, ...(path === undefined ? {} : { path }) })
  req.end()
  const [res] = await once(req, 'response')
  const text = (await res.setEncoding('utf8').toArray()).join('')
  return { status: res.statusCode, headers: res.headers, text }
}

describe('seepPage()', () => {
  it('takes a detector of seep only', () => {
    for (const wrong of [undefined, null, {}, 'detector', new EventTarget()]) {
      assert.throws(() => seepPage(wrong), { code: 'ERR_INVALID_ARG_TYPE', name: 'TypeError' })
    }
    assert.equal(typeof seepPage(new LeakDetector()), 'function')
  })

  it('says which option is wrong, and what it takes', () => {
    const make = (options) => () => seepPage(new LeakDetector(), options)
    assert.throws(make(null), { code: 'ERR_INVALID_ARG_TYPE' })
    assert.throws(make({ allowCheck: 1 }), {
      code: 'ERR_INVALID_ARG_TYPE',
      message: /"allowCheck".*true or false/
    })
    assert.throws(make({ name: 7 }), { code: 'ERR_INVALID_ARG_TYPE', message: /"name"/ })
    assert.throws(make({ allowcheck: true }), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /Did you mean "allowCheck"/
    })
    for (const mountPath of ['_seep', '/_seep/', '/', '/a?b', '/a#b']) {
      assert.throws(make({ mountPath }), { code: 'ERR_INVALID_ARG_VALUE', name: 'RangeError' })
    }
    make({ name: undefined, allowCheck: undefined, mountPath: '/a/b' })()
  })

  it('shows a detector that is switched off as just that', async () => {
    const { value } = await evaluate(
      `const { LeakDetector } = require('seep')
       const { seepPage } = require('seep/express')
       const server = require('node:http').createServer(seepPage(new LeakDetector())).listen(0, async () => {
         const url = 'http://127.0.0.1:' + server.address().port
         const page = await (await fetch(url)).text()
         const report = await (await fetch(url + '/report.json')).json()
         console.log(JSON.stringify({ page, report }))
         server.close()
         server.closeAllConnections()
       })`,
      { env: { SEEP_ENABLED: '0' } }
    )
    assert.match(value.page, /<h1>seep is off<\/h1>/)
    assert.doesNotMatch(markupOf(value.page), /id="check"/)
    assert.equal(value.report.status.enabled, false)
    assert.equal(value.report.check, null)
  })
})

describe('addresses', () => {
  it('are the page, the report, and nothing else', async (t) => {
    const url = await serve(t, watching())
    for (const path of ['/', '/?', '/?unknown=1']) {
      const { status, headers, text } = await ask(url + path)
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'text/html; charset=utf-8')
      assert.match(text, /<h1>One leak is confirmed<\/h1>/)
    }
    for (const path of ['/report.json', '/report.json?x', '/?format=json']) {
      const { status, headers, text } = await ask(url + path)
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'application/json; charset=utf-8')
      const report = JSON.parse(text)
      assert.equal(report.schemaVersion, 1)
      assert.equal(report.check.leaks[0].id, leakReport().id)
      assert.equal(report.process.pid, process.pid)
      assert.equal('lastCheck' in report.status, false)
    }
    const elsewhere = [
      '/x',
      '/report.json/',
      '//',
      '/%2e%2e/',
      '/..',
      '/report.jsonx',
      '/../report.json'
    ]
    for (const path of elsewhere) assert.equal((await ask(url, { path })).status, 404, path)
  })

  it('of others are left to what comes next, which may fail in its own way', async () => {
    const page = seepPage(new LeakDetector(), { mountPath: '/_seep' })
    const error = new Error('of the program')
    const calls = []
    const failing = (fail) => (given) => {
      calls.push(given)
      return fail()
    }
    const throws = failing(() => {
      throw error
    })
    assert.throws(() => page({ url: '/else' }, {}, throws), error)
    const rejects = failing(() => Promise.reject(error))
    await assert.rejects(page({ url: '/else' }, {}, rejects), error)
    assert.deepEqual(calls, [undefined, undefined])
  })

  it('below a mount path are those of the page, and others go on', async () => {
    const page = seepPage(watching(), { mountPath: '/_seep' })
    const server = http.createServer((req, res) => page(req, res, () => res.end('the app')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${server.address().port}`
    const texts = {}
    for (const path of [
      '/',
      '/_seep',
      '/_seep/',
      '/_seep?x',
      '/_seep/report.json',
      '/_seepx',
      '/_seep/x',
      '/report.json'
    ]) {
      texts[path] = (await ask(url + path)).text
    }
    server.close()
    for (const path of ['/', '/_seepx', '/_seep/x', '/report.json'])
      assert.equal(texts[path], 'the app', path)
    for (const path of ['/_seep', '/_seep/', '/_seep?x'])
      assert.match(texts[path], /^<!doctype html>/, path)
    assert.equal(JSON.parse(texts['/_seep/report.json']).schemaVersion, 1)
  })

  it('answer HEAD as GET without a body, and other methods with 405', async (t) => {
    const url = await serve(t, watching())
    for (const path of ['/', '/report.json', '/?live']) {
      const get = await ask(url + path)
      const head = await ask(url + path, { method: 'HEAD' })
      assert.equal(head.status, 200)
      assert.equal(head.text, '')
      assert.equal(head.headers['content-type'], get.headers['content-type'])
      assert.ok(Number(head.headers['content-length']) > 100)
      for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status, headers } = await ask(url + path, { method })
        assert.equal(status, 405)
        assert.equal(headers.allow, 'GET, HEAD')
      }
    }
    const { status, headers } = await ask(`${url}/?check`)
    assert.deepEqual([status, headers.allow], [405, 'POST'])
  })

  it('answer as Accept prefers', async (t) => {
    const url = await serve(t, watching())
    const typeFor = async (Accept) =>
      (await ask(url, { headers: { Accept } })).headers['content-type']
    assert.match(await typeFor('text/html,application/xhtml+xml,*/*;q=0.8'), /^text\/html/)
    assert.match(await typeFor('application/json'), /^application\/json/)
    assert.match(await typeFor('*/*'), /^text\/html/)
    assert.equal((await ask(url)).headers.vary, 'Accept')
  })
})

describe('preferred()', () => {
  const offers = ['text/html', 'application/json']
  const cases = {
    '': 'text/html',
    'text/html': 'text/html',
    'application/json': 'application/json',
    'APPLICATION/JSON': 'application/json',
    'application/*': 'application/json',
    'application/json;q=0.5, text/html;q=0.4': 'application/json',
    'application/json, text/html': 'text/html',
    'text/html;q=0, */*': 'application/json',
    'image/png': 'text/html',
    'application/json;q=nonsense': 'text/html',
    ',;q,': 'text/html'
  }
  for (const [header, expected] of Object.entries(cases)) {
    it(`takes ${header || 'nothing'} for ${expected}`, () => {
      assert.equal(preferred(header, offers), expected)
    })
  }
})

describe('every answer', () => {
  it('is for this moment and this reader only', async (t) => {
    const url = await serve(t, watching())
    for (const path of ['/', '/report.json', '/?live', '/nothing', '/?check']) {
      const { headers } = await ask(url + path)
      assert.equal(headers['cache-control'], 'no-store', path)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['x-frame-options'], 'DENY')
      assert.equal(headers['referrer-policy'], 'no-referrer')
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
      assert.match(
        headers['content-security-policy'],
        /^default-src 'none'; .*frame-ancestors 'none'$/
      )
      assert.doesNotMatch(headers['content-security-policy'], /unsafe|\*|http/)
      assert.equal(headers['access-control-allow-origin'], undefined)
    }
  })
})

describe('a check from the page', () => {
  it('starts with the token of the page', async (t) => {
    const detector = watching()
    const url = await serve(t, detector)
    const headers = { 'X-Seep-Token': await tokenOf(url), 'Sec-Fetch-Site': 'same-origin' }
    const { status, text } = await ask(`${url}/?check`, { method: 'POST', headers })
    assert.deepEqual([status, JSON.parse(text)], [202, { checking: true }])
    assert.equal(detector.checks, 1)
  })

  it('starts neither without it nor from another origin', async (t) => {
    const detector = watching()
    const url = await serve(t, detector)
    const token = await tokenOf(url)
    const refused = {
      'wrong-token': [
        {},
        { 'X-Seep-Token': '' },
        { 'X-Seep-Token': `${token}x` },
        { 'X-Seep-Token': token.replace(/./g, 'é') }
      ],
      'cross-origin': [
        { 'X-Seep-Token': token, 'Sec-Fetch-Site': 'cross-site' },
        { 'X-Seep-Token': token, 'Sec-Fetch-Site': 'same-site' },
        { 'X-Seep-Token': token, 'Sec-Fetch-Site': 'none' },
        { 'X-Seep-Token': token, Origin: 'https://elsewhere.example' },
        { 'X-Seep-Token': token, Origin: 'null' }
      ]
    }
    for (const [code, all] of Object.entries(refused)) {
      for (const headers of all) {
        const { status, text } = await ask(`${url}/?check`, { method: 'POST', headers })
        assert.deepEqual([status, JSON.parse(text).code], [403, code], JSON.stringify(headers))
      }
    }
    assert.equal(detector.checks, 0)
    assert.notEqual(token, await tokenOf(await serve(t, watching())), 'each page has its own')
  })

  it('is detected by Origin if a browser does not send Sec-Fetch-Site', () => {
    const host = 'admin.example:8080'
    assert.equal(crossOrigin({ host }), null)
    assert.equal(crossOrigin({ host, origin: 'http://admin.example:8080' }), null)
    assert.match(crossOrigin({ host, origin: 'http://admin.example' }), /does not match the host/)
    assert.match(crossOrigin({ host, origin: 'nonsense' }), /does not match the host/)
    assert.equal(crossOrigin({ host, origin: 'http://x', 'sec-fetch-site': 'same-origin' }), null)
  })

  it('can be switched off', async (t) => {
    const detector = watching()
    const url = await serve(t, detector, { allowCheck: false })
    const { text } = await ask(url)
    assert.doesNotMatch(markupOf(text), /id="check"/)
    assert.equal(await tokenOf(url), null)
    const { status } = await ask(`${url}/?check`, {
      method: 'POST',
      headers: { 'X-Seep-Token': 'null' }
    })
    assert.equal(status, 403)
    assert.equal(detector.checks, 0)
  })

  it('has a token that no report contains', async (t) => {
    const url = await serve(t, watching())
    const token = await tokenOf(url)
    for (const path of ['/report.json', '/?live', '/?format=json']) {
      assert.equal((await ask(url + path)).text.includes(token), false, path)
    }
  })
})

describe('what is new', () => {
  it('is everything after a round, and else the samples since', async (t) => {
    const detector = watching()
    const url = await serve(t, detector)
    const news = async (query) => JSON.parse((await ask(`${url}/?live&${query}`)).text)
    const first = await news('after=0&revision=')
    assert.equal(first.state.check.leaks.length, 1)
    assert.equal(first.recent, null)
    const last = first.state.memory.recent.at.at(-1)
    const nothing = await news(`after=${last}&revision=${first.revision}`)
    assert.equal(nothing.state, null)
    assert.deepEqual(nothing.recent.at, [])
    assert.equal(nothing.instance, first.instance)
    assert.equal(nothing.status.state, 'watching')
    const all = await news(`after=nonsense&revision=${first.revision}`)
    assert.equal(all.state, null)
    detector.skipped(skipReport())
    const later = await news(`after=${last}&revision=${first.revision}`)
    assert.equal(later.state.rounds.at(-1).code, 'GATE_CLOSED')
  })
})

describe('a page that is being looked at', () => {
  it('keeps neither the process nor its server from ending', async () => {
    const { value } = await evaluate(
      `const http = require('node:http')
       const { start } = require('seep')
       const { seepPage } = require('seep/express')
       const detector = start()
       const server = http.createServer(seepPage(detector)).listen(0, async () => {
         const url = 'http://127.0.0.1:' + server.address().port
         const agent = new http.Agent({ keepAlive: true })
         const ask = (path) => new Promise((resolve) => http.get(url + path, { agent }, (res) => res.resume().on('end', resolve)))
         await ask('/')
         await ask('/?live&after=0&revision=')
         await detector.stop()
         await ask('/?live&after=0&revision=')
         server.close(() => console.log(JSON.stringify({ closed: true })))
         agent.destroy()
       })`
    )
    assert.deepEqual(value, { closed: true })
  })
})
