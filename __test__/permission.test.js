'use strict'

/** Under Node's permission model, with as little permitted as possible. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { describe, it } = require('node:test')
const { runNode } = require('./support/program')

const FLAG = process.versions.node.startsWith('20.') ? '--experimental-permission' : '--permission'

async function evaluate(flags, source, ...args) {
  const all = ['--no-warnings', FLAG, '--allow-fs-read=*', ...flags, '-e', source, ...args]
  const { code, stdout, stderr } = await runNode(all)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

const CHECK = `
  const { LeakDetector } = require('seep')
  const detector = new LeakDetector({ capture: process.argv[1], maxPauseMs: 600000, logger: false })
  detector.check().then(async ({ skip, cost, snapshot }) => {
    await detector.stop()
    console.log(JSON.stringify({ skip, capture: cost?.capture, nodes: snapshot?.nodes }))
  })`

const WRITE = `
  const { LeakDetector } = require('seep')
  const detector = new LeakDetector({ maxPauseMs: 600000, logger: false })
  detector.writeSnapshot(process.argv[1]).then(() => null, ({ code, message }) => ({ code, message })).then(
    async (error) => {
      await detector.stop()
      console.log(JSON.stringify(error))
    })`

describe('with no permission to write', () => {
  for (const capture of ['fork', 'inline']) {
    const skip = capture === 'fork' && process.platform !== 'linux'
    it(`${capture} captures`, { skip }, async () => {
      const { nodes, ...rest } = await evaluate(['--allow-addons'], CHECK, capture)
      assert.deepEqual(rest, { skip: null, capture })
      assert.ok(nodes > 10_000)
    })
  }

  it('writeSnapshot() writes where it may, and elsewhere names the flag', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-permission-'))
    const file = path.join(folder, 'a.heapsnapshot')
    const error = await evaluate(['--allow-addons'], WRITE, file)
    assert.equal(error.code, 'ERR_FILE_OS')
    assert.ok(error.message.endsWith(`--allow-fs-write=${file}`), error.message)
    assert.deepEqual(fs.readdirSync(folder), [])
    assert.equal(await evaluate(['--allow-addons', `--allow-fs-write=${file}`], WRITE, file), null)
    const { snapshot, nodes } = JSON.parse(fs.readFileSync(file, 'utf8'))
    assert.equal(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length)
    fs.rmSync(folder, { recursive: true })
  })
})

it('with no permission for add-ons, it is inert and names the flag', async () => {
  const reason = await evaluate(
    [],
    `console.log(JSON.stringify(new (require('seep').LeakDetector)().disabledReason))`
  )
  assert.match(reason, /--allow-addons/)
})
