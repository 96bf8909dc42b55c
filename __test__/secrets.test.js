'use strict'

/** What the program's data says is nowhere in what seep says: not in reports, logs or files. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { runNode } = require('./support/program')

describe('reports, logs and files', () => {
  it('hold no strings, keys, buffers, regular expressions or source text of the heap', async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => fs.rmSync(folder, { recursive: true }))
    const program = path.join(__dirname, 'fixtures', 'secrets.js')
    const { code, stdout, stderr } = await runNode([program], { env: { SEEP_REPORT_DIR: folder } })
    assert.equal(code, 0, stderr)
    const { reports, status } = JSON.parse(stdout)
    const leaks = reports.at(-1).leaks
    // Nothing found would be nothing shown.
    for (const name of ['byKey', 'byName', 'texts', 'patterns', 'buffers', 'compiled', 'owners']) {
      assert.ok(
        leaks.some(({ title }) => title.includes(name)),
        `${name} is reported`
      )
    }
    const files = fs.readdirSync(folder)
    assert.ok(files.length >= leaks.length)
    const shown = {
      reports: JSON.stringify(reports),
      status: JSON.stringify(status),
      log: stderr,
      files: files.map((name) => fs.readFileSync(path.join(folder, name), 'utf8')).join('\n')
    }
    assert.ok(shown.log.includes('seep'))
    for (const [where, text] of Object.entries(shown)) {
      const at = text.search(/hush/i)
      assert.equal(at, -1, `${where}: ${text.slice(Math.max(0, at - 80), at + 40)}`)
    }
  })
})
