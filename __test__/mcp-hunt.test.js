'use strict'

/** The short form of benchmark/mcp.js: programs that leak, hunted by a scripted client. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { getEncoding } = require('js-tiktoken')
const { answerOf } = require('../benchmark/lib/answer')
const { Hunt } = require('../benchmark/lib/mcp/hunt')
const { isPlace } = require('../benchmark/lib/mcp/places')
const { connect } = require('./support/mcp')
const { ROOT } = require('./support/program')

const CHILD = path.join(ROOT, 'benchmark/lib/verdict/child.js')
const PROGRAMS = path.join(ROOT, 'benchmark/programs')

/** A part of the line on which the holder is declared. */
const LEAKS = {
  'idempotency-keys': 'const seenKeys =',
  'tenant-maps': 'const tenants ='
}

const encoding = getEncoding('o200k_base')
const tokensOf = (text) => encoding.encode(text).length

describe('an agent with seep mcp', () => {
  for (const [name, line] of Object.entries(LEAKS)) {
    it(`finds the holder of ${name} in 2 calls and 2,000 tokens`, async (t) => {
      const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'seep-hunt-')))
      t.after(() => fs.rmSync(folder, { recursive: true }))
      const file = path.join(PROGRAMS, 'leaks', name, 'app.js')
      const options = JSON.stringify({ folder })
      const { seen } = await answerOf(CHILD, [file, 'series', options], { timeoutMs: 300_000 })
      const roots = [folder, PROGRAMS]
      const { client } = await connect(
        t,
        roots.flatMap((root) => ['--root', root])
      )
      const hunt = new Hunt(client, { tokensOf, roots })
      const places = await hunt.inSeries(seen.files)
      const expected = [[`${name}/app.js`, line]]
      assert.ok(
        places.some((place) => isPlace(place, expected)),
        `${places}`
      )
      assert.ok(hunt.calls.length <= 2, `${hunt.calls}`)
      assert.ok(hunt.tokens <= 2000, `${hunt.tokens} tokens`)
    })
  }
})
