'use strict'

/** `redactNames`: what the program calls things is in no report, log or file. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { it } = require('node:test')
const { runNode } = require('./support/program')

const PROGRAM = path.join(__dirname, 'fixtures', 'hidden-names.js')

async function run(t, env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
  t.after(() => fs.rmSync(folder, { recursive: true }))
  const reportDir = path.join(folder, 'reports')
  const { code, stdout, stderr } = await runNode([PROGRAM], {
    env: { SEEP_REPORT_DIR: reportDir, SEEP_LOG: 'json', ...env }
  })
  assert.equal(code, 0, stderr)
  const files = fs.readdirSync(reportDir).map((name) => path.join(reportDir, name))
  return {
    leaks: JSON.parse(stdout).report.leaks,
    written: [stdout, stderr, ...files.map((name) => fs.readFileSync(name, 'utf8'))],
    files
  }
}

it('redactNames keeps names out of reports, events, logs and files, and fingerprints as they are', async (t) => {
  const open = await run(t, {})
  const hidden = await run(t, { SEEP_REDACT_NAMES: '1' })
  const ids = ({ leaks }) => leaks.map(({ id }) => id).sort()
  assert.ok(open.leaks.length >= 2)
  assert.deepEqual(ids(hidden), ids(open))
  for (const text of open.written) assert.match(text, /hiddenRegistry|hiddenHandlers/)
  for (const text of hidden.written) {
    assert.doesNotMatch(text, /hidden[A-Z]/)
    assert.ok(text.includes('Visit') || text.includes('closure'), 'classes are named')
  }
  for (const file of [...open.files, ...hidden.files]) {
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600, file)
  }
})
