'use strict'

/** The routes of `seep open`: the same answers as the queries of a heap have. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { compareFiles, openHeap } = require('seep')
const { version } = require('../package.json')
const { explore, writeSessions } = require('./support/explorer')

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-explorer-'))
after(() => fs.rmSync(folder, { recursive: true }))

describe('the routes of seep open', () => {
  let files
  /** @type {import('seep').Heap} */
  let heap
  let session
  let holder
  let classId

  before(async () => {
    files = await writeSessions(folder)
    heap = await openHeap(files[3])
    ;[session] = (await heap.instances({ className: 'Session', limit: 1 })).rows
    ;[{ holder }] = (await heap.instances({ className: 'Session', groupBy: 'holder' })).rows
    ;[{ classId }] = (await heap.dominators({ groupBy: 'class' })).rows
  })
  after(() => heap.close())

  /** Each query by the URL that asks it, and what the heap answers. */
  const QUERIES = {
    summary: ['summary?file=3', () => heap.summary()],
    suspects: ['suspects?file=3&limit=2', () => heap.suspects({ limit: 2 })],
    holders: ['holders?file=3&limit=5&sort=name', () => heap.holders({ limit: 5, sort: 'name' })],
    'holders below one': [
      () => `holders?file=3&key=${holder.key}`,
      () => heap.holders({ key: holder.key })
    ],
    holder: [() => `holder?file=3&key=${holder.key}`, () => heap.holder(holder.key)],
    classes: [
      'classes?file=3&filter=ses&sort=count&order=asc&only=all',
      () => heap.classes({ filter: 'ses', sort: 'count', order: 'asc', only: 'all' })
    ],
    'classes without retained sizes': [
      'classes?file=3&retained=false&limit=3',
      () => heap.classes({ retained: false, limit: 3 })
    ],
    instances: [
      'instances?file=3&className=Session&offset=10&limit=5',
      () => heap.instances({ className: 'Session', offset: 10, limit: 5 })
    ],
    'instances by holder': [
      'instances?file=3&className=Session&groupBy=holder',
      () => heap.instances({ className: 'Session', groupBy: 'holder' })
    ],
    object: [
      () => `object?file=3&id=${session.id}&limit=3`,
      () => heap.object(session.id, { limit: 3 })
    ],
    'an object without paths': [
      () => `object?file=3&id=${session.id}&paths=false&filter=token`,
      () => heap.object(session.id, { paths: false, filter: 'token' })
    ],
    retainers: [
      () => `retainers?file=3&id=${session.id}&weak=false`,
      () => heap.retainers(session.id, { weak: false })
    ],
    path: [
      () => `path?file=3&id=${session.id}&ignore=${holder.sampleId},1`,
      () => heap.path(session.id, { ignore: [holder.sampleId, 1] })
    ],
    mergedPaths: [
      () => `mergedPaths?file=3&ids=${session.id}`,
      () => heap.mergedPaths({ ids: [session.id] })
    ],
    dominators: [
      'dominators?file=3&fold=false&limit=4',
      () => heap.dominators({ fold: false, limit: 4 })
    ],
    'dominators by class': [
      'dominators?file=3&groupBy=class&limit=4',
      () => heap.dominators({ groupBy: 'class', limit: 4 })
    ],
    'dominators of a class': [
      () => `dominators?file=3&classId=${classId}`,
      () => heap.dominators({ classId })
    ],
    tree: ['tree?file=3&of=holders&limit=20', () => heap.tree({ of: 'holders', limit: 20 })],
    strings: ['strings?file=3&limit=4', () => heap.strings({ limit: 4 })],
    find: [
      'find?file=3&expression=class%3ASession%20self%3E1&limit=3',
      () => heap.find('class:Session self>1', { limit: 3 })
    ],
    'one list of find': [
      'find?file=3&expression=session&list=holders&limit=3',
      () => heap.find('session', { list: 'holders', limit: 3 })
    ],
    whatIf: ['whatIf?file=3&className=Session', () => heap.whatIf({ className: 'Session' })],
    changes: ['changes?file=3&since=0&limit=4', () => heap.changes(files[0], { limit: 4 })],
    'new objects': [
      'instances?file=3&className=Session&since=0&limit=4',
      () => heap.instances({ className: 'Session', since: files[0], limit: 4 })
    ],
    compare: [
      'compare?file=3&list=classes&limit=4',
      () => heap.compare(files.slice(0, 3), { list: 'classes', limit: 4 })
    ]
  }
  for (const [what, [where, expected]] of Object.entries(QUERIES)) {
    it(`answer ${what} as the heap does`, async (t) => {
      const { ask } = await explore(t, files)
      const { status, body } = await ask(`/api/${typeof where === 'string' ? where : where()}`)
      assert.equal(status, 200, JSON.stringify(body))
      assert.deepEqual(body, await expected())
    })
  }

  it('list the files without opening them', async (t) => {
    const { ask } = await explore(t, files)
    const { body } = await ask('/api/files')
    assert.deepEqual(body, {
      seep: version,
      contents: false,
      files: files.map((file, index) => ({
        index,
        path: file,
        bytes: fs.statSync(file).size,
        state: 'closed'
      }))
    })
  })

  it('give the verdict of seep compare', async (t) => {
    const { ask } = await explore(t, files)
    const { body } = await ask('/api/verdict')
    const expected = await compareFiles(files)
    assert.equal(body.verdict, 'leak')
    assert.deepEqual(
      body.leaks.map(({ id, title }) => ({ id, title })),
      expected.leaks.map(({ id, title }) => ({ id, title }))
    )
  })

  it('have no verdict on one file', async (t) => {
    const { ask } = await explore(t, [files[0]])
    const { status, body } = await ask('/api/verdict')
    assert.equal(status, 400)
    assert.equal(body.code, 'one-file')
  })

  it('switch between more files than stay open', async (t) => {
    const { ask } = await explore(t, files)
    const counts = []
    for (const file of [0, 1, 2, 3, 0]) {
      const { body } = await ask(`/api/classes?file=${file}&filter=Session&retained=false`)
      counts.push(body.rows.find(({ className }) => className === 'Session').count)
    }
    assert.deepEqual(counts, [2000, 4000, 6000, 8000, 2000])
    const { body } = await ask('/api/files')
    const open = body.files.filter(({ state }) => state !== 'closed').map(({ index }) => index)
    assert.deepEqual(open, [0, 3])
  })

  it('answer for more files at once than stay open', async (t) => {
    const { ask } = await explore(t, files)
    const answers = await Promise.all(
      files.map((_, file) => ask(`/api/classes?file=${file}&filter=Session&retained=false`))
    )
    for (const { status, body } of answers)
      assert.ok(status === 200 || body.code === 'ERR_HEAP_CLOSED')
    assert.ok(answers.filter(({ status }) => status === 200).length >= 2)
  })

  it('resolve to null for what is not in the heap', async (t) => {
    const { ask } = await explore(t, files)
    assert.deepEqual(await ask('/api/object?file=3&id=4294967295'), { status: 200, body: null })
    assert.deepEqual(await ask('/api/holder?file=3&key=0000000000000000'), {
      status: 200,
      body: null
    })
  })

  it('give what strings say only with contents', async (t) => {
    const { rows } = await heap.strings({ limit: 1, filter: 'token' })
    const where = `/api/strings?file=0&holder=${rows[0].holder.key}`
    const hidden = await (await explore(t, [files[3]])).ask(where)
    assert.ok(hidden.body.rows.length > 0)
    assert.ok(hidden.body.rows.every(({ text }) => text === null))
    const shown = await (await explore(t, [files[3]], { contents: true })).ask(where)
    assert.equal(shown.body.rows[0].text, 'a secret that is copied')
  })

  /** Wrong questions. */
  const WRONG = {
    'holders?limit=many': [400, 'ERR_INVALID_ARG_TYPE', /"limit" must be a number/],
    'holders?limit=10001': [400, 'ERR_INVALID_ARG_VALUE', /"limit"/],
    'holders?sorted=name': [400, 'ERR_INVALID_ARG_VALUE', /sort/],
    'holders?key=nonsense': [400, 'ERR_INVALID_ARG_VALUE', /key/],
    'classes?retained=perhaps': [400, 'ERR_INVALID_ARG_TYPE', /true or false/],
    'classes?only=some': [400, 'ERR_INVALID_ARG_VALUE', /unreachable/],
    'object?file=0': [400, 'ERR_INVALID_ARG_TYPE', /"id" must be given/],
    'find?expression=retained%3Elots': [400, 'ERR_INVALID_ARG_VALUE', /such as 4096/],
    'summary?file=9': [400, 'no-such-file', /no file 9/],
    'summary?file=constructor': [400, 'no-such-file', /no file/],
    close: [404, 'not-found', /Not found/],
    constructor: [404, 'not-found', /Not found/]
  }
  for (const [where, [status, code, message]] of Object.entries(WRONG)) {
    it(`refuse ${where}`, async (t) => {
      const { ask } = await explore(t, files)
      const answer = await ask(`/api/${where}`)
      assert.equal(answer.status, status)
      assert.equal(answer.body.code, code)
      assert.match(answer.body.message, message)
    })
  }

  it('say why a file cannot be opened, and open it once it can be', async (t) => {
    const broken = path.join(folder, 'broken.heapsnapshot')
    fs.writeFileSync(broken, '{"snapshot":')
    const { ask } = await explore(t, [broken])
    const { status, body } = await ask('/api/summary')
    assert.equal(status, 422)
    assert.match(body.code, /^ERR_SNAPSHOT_/)
    fs.copyFileSync(files[0], broken)
    assert.equal((await ask('/api/summary')).status, 200)
  })

  it('say that a file is gone', async (t) => {
    const gone = path.join(folder, 'gone.heapsnapshot')
    const { ask } = await explore(t, [gone])
    const { status, body } = await ask('/api/summary')
    assert.equal(status, 422)
    assert.equal(body.code, 'ERR_FILE_OS')
    const { body: list } = await ask('/api/files')
    assert.equal(list.files[0].bytes, null)
    assert.equal(list.files[0].state, 'failed')
  })

  it('stream how far a file has been read, to its end', async (t) => {
    const { origin, cookie } = await explore(t, [files[3]])
    const states = []
    await new Promise((resolve, reject) => {
      const asked = http.get(`${origin}/api/events?file=0`, { headers: { Cookie: cookie } })
      asked.on('error', reject)
      asked.on('response', (response) => {
        assert.equal(response.headers['content-type'], 'text/event-stream; charset=utf-8')
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
          const events = text.split('\n\n')
          text = events.pop()
          for (const event of events) states.push(JSON.parse(event.slice('data: '.length)))
          if (states.at(-1)?.state !== 'ready') return
          asked.destroy()
          resolve()
        })
      })
    })
    const order = [...new Set(states.map(({ state }) => state))]
    assert.deepEqual(order, ['closed', 'opening', 'counted', 'ready'])
    const stages = states.map(({ stage }) => stage)
    for (const stage of ['reading', 'dominators', 'holders'])
      assert.ok(stages.includes(stage), stage)
  })
})
