'use strict'

/** `redactNames`: what the program calls things is in no report, log, page, metric or file. */

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
  const { report, status, told, pages } = JSON.parse(stdout)
  const written = {
    report: JSON.stringify(report),
    status: JSON.stringify(status),
    log: stderr,
    page: pages[0],
    pageReport: pages[1],
    channel: told.channel.join('\n'),
    telemetry: told.log.join('\n'),
    metrics: told.metrics.join('\n')
  }
  for (const file of files) written[path.basename(file)] = fs.readFileSync(file, 'utf8')
  return { report, written, files }
}

it('redactNames keeps names out of reports, events, logs, pages, metrics and files, and fingerprints as they are', async (t) => {
  const open = await run(t, {})
  const hidden = await run(t, { SEEP_REDACT_NAMES: '1' })
  const ids = ({ report }) => report.leaks.map(({ id }) => id).sort()
  assert.deepEqual(ids(hidden), ids(open))

  // Each way to tell of a leak occurs, or the rest would prove little.
  const titles = open.report.leaks.map(({ title }) => title).join('\n')
  assert.match(titles, /Arrays of Map `hiddenByTenant`/)
  assert.match(titles, /Arrays of (closure hiddenOwner|function hiddenOwner\(\)) `hiddenOwner`/)
  assert.match(titles, /by function hiddenHandler \(/)
  const paths = open.report.leaks.map(({ pathText }) => pathText).join('\n')
  assert.match(paths, /\[WeakMap hiddenWeak\]/)
  assert.match(open.written.report, /Generator hidden(Async)?Generator/)
  assert.match(open.written.report, /AsyncFunction hiddenAsync/)

  for (const [name, text] of Object.entries(open.written)) {
    assert.match(text, /hidden[A-Z]/, `${name} says nothing`)
  }
  for (const [name, text] of Object.entries(hidden.written)) {
    assert.doesNotMatch(text, /.{0,80}hidden[A-Z].{0,40}/, name)
    assert.match(text, /Visit|Timeout/, `${name}: classes are named`)
  }
  const { title } = hidden.report.leaks.find((leak) => leak.title.includes('Arrays of Map'))
  assert.match(
    title,
    /^Visit accumulates in Arrays of Map `~[0-9a-f]{8}` \(fixtures\/hidden-names\.js\)/
  )

  for (const file of [...open.files, ...hidden.files]) {
    if (process.platform !== 'win32') assert.equal(fs.statSync(file).mode & 0o777, 0o600, file)
  }
})
