'use strict'

/** What benchmark/apps.js drives is all there: it is not run by CI. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')
const { APPS } = require('../benchmark/lib/apps/install')
const { uniform } = require('../benchmark/lib/random')

const names = fs
  .readdirSync(APPS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)

/** Answers everything, and notes what was asked for. */
function clientThatNotes(asked) {
  const answer = (method) => async (url, body) => {
    asked.push(`${method} ${url} ${JSON.stringify(body)}`)
    return { status: 201, text: '{"data":{"documentId":"a"}}', headers: {} }
  }
  return {
    port: 1,
    folder: '/nowhere',
    get: answer('GET'),
    post: answer('POST'),
    put: answer('PUT'),
    send: async (method, url) => answer(method)(url, null)
  }
}

async function requestsOf(app) {
  const asked = []
  const client = clientThatNotes(asked)
  await app.setUp?.(client)
  const random = uniform(7)
  // A WebSocket needs the application's own packages.
  for (let i = 0; i < 50; i++) await app.step(client, random).catch(() => {})
  return asked
}

describe('benchmark/apps', () => {
  it('has six applications at least', () => {
    assert.ok(names.length >= 6, names.join())
  })

  for (const name of names) {
    const folder = path.join(APPS, name)
    const app = require(path.join(folder, 'app.js'))

    it(`${name} pins its packages`, () => {
      const versions = Object.values({ ...app.packages, ...app.overrides })
      for (const version of versions) assert.match(version, /^\d+\.\d+\.\d+$/)
    })

    it(`${name} has a leak of the class and the variable that are looked for`, () => {
      assert.ok(fs.existsSync(path.join(folder, 'leak.js')))
      const sources = fs
        .readdirSync(folder, { recursive: true })
        .filter((file) => file.endsWith('.js') && file !== 'app.js')
        .map((file) => fs.readFileSync(path.join(folder, file), 'utf8'))
        .join('\n')
      assert.match(sources, new RegExp(`class ${app.leak.leakedType} `))
      for (const part of app.leak.pathIncludes) assert.match(sources, new RegExp(`\\b${part}\\b`))
    })

    it(`${name} gets requests of several sorts`, async () => {
      const asked = await requestsOf(app)
      assert.ok(new Set(asked).size > 1, asked.join())
    })
  }
})
