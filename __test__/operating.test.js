'use strict'

/** docs/operating.md has every code that a round can end with. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { it } = require('node:test')
const { ROOT } = require('./support/program')

it('docs/operating.md has every code of a skip', () => {
  const docs = fs.readFileSync(path.join(ROOT, 'docs', 'operating.md'), 'utf8')
  const folder = path.join(ROOT, 'src')
  const sources = fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.rs'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'))
  const codes = new Set(
    sources.flatMap((text) => [...text.matchAll(/"(ERR_[A-Z_]+)"/g)].map(([, code]) => code))
  )
  assert.ok(codes.size > 10)
  for (const code of codes) assert.ok(docs.includes(`\`${code}\``), code)
})
