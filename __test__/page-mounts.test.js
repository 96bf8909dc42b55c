'use strict'

/** The examples of docs/page.md, each as it stands there, in its framework. */

const assert = require('node:assert/strict')
const { fork } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')
const { ROOT } = require('./support/program')

const examples = [
  ...fs.readFileSync(path.join(ROOT, 'docs', 'page.md'), 'utf8').matchAll(/```js\n([\s\S]*?)```/g)
]
  .map(([, source]) => source)
  .filter((source) => source.includes('listen('))
const find = (text) => examples.filter((source) => source.includes(text))

const [express] = find("require('express')")
const programs = {
  'Express 5': express,
  'Express 4': express.replace("require('express')", "require('express4')"),
  Fastify: find('addHook')[0],
  'Fastify with middie': find('@fastify/middie')[0],
  Koa: find("require('koa')")[0],
  'node:http': find('createServer')[0]
}

/** Where the program listens. */
async function run(t, source) {
  // In the repository, so that it finds its packages, and seep among them.
  const target = path.join(ROOT, 'target')
  fs.mkdirSync(target, { recursive: true })
  const file = path.join(fs.mkdtempSync(path.join(target, 'example-')), 'app.js')
  fs.writeFileSync(file, source)
  const child = fork(file, {
    execArgv: ['--require', path.join(__dirname, 'support', 'any-port.js')],
    env: { ...process.env, OPS_PASSWORD: 'secret' },
    silent: true
  })
  t.after(() => {
    child.kill('SIGKILL')
    fs.rmSync(path.dirname(file), { recursive: true })
  })
  let said = ''
  child.stderr.on('data', (text) => {
    said += text
  })
  const [port] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => assert.fail(said))
  ])
  return `http://127.0.0.1:${port}`
}

describe('docs/page.md', () => {
  it('has an example for each framework, and no other', () => {
    assert.equal(new Set(Object.values(programs)).size, 6)
    assert.equal(examples.length, 5)
  })

  for (const [name, source] of Object.entries(programs)) {
    it(`mounts the page in ${name}`, async (t) => {
      const url = await run(t, source)
      const headers = { Authorization: `Basic ${btoa('ops:secret')}` }
      assert.equal(await (await fetch(url)).text(), 'hello')
      assert.equal((await fetch(`${url}/_seep`)).status, 401)
      assert.equal((await fetch(`${url}/_seep/report.json`)).status, 401)
      for (const path of ['/_seep', '/_seep/']) {
        const page = await fetch(url + path, { headers })
        assert.equal(page.status, 200)
        assert.match(await page.text(), /<h1>No check yet<\/h1>/)
        const { token } = JSON.parse(
          /id="settings">(.*?)<\/script>/.exec(
            await (await fetch(url + path, { headers })).text()
          )[1]
        )
        const check = await fetch(`${url}${path}?check`, {
          method: 'POST',
          headers: { ...headers, 'X-Seep-Token': token, Origin: url }
        })
        assert.equal(check.status, 202)
      }
      const report = await (await fetch(`${url}/_seep/report.json`, { headers })).json()
      assert.equal(report.status.state, 'watching')
      const head = await fetch(`${url}/_seep`, { method: 'HEAD', headers })
      assert.equal(head.headers.get('cache-control'), 'no-store')
      assert.equal(
        (await fetch(`${url}/_seep/nothing`, { headers })).status,
        name === 'node:http' ? 200 : 404
      )
    })
  }
})
