'use strict'

/** Add-ons register handlers for forks; those of a capturing child are not to run. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { lacking } = require('./support/lacking')
const { evaluate } = require('./support/program')

const SOURCE = path.join(__dirname, 'fixtures', 'fork', 'addon.c')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-addon-'))
after(() => fs.rmSync(folder, { recursive: true }))

/** Compiles the add-on; undefined where there is no compiler. */
function addon(name, ...flags) {
  const file = path.join(folder, `${name}.node`)
  const args = ['-shared', '-fPIC', '-pthread', ...flags, '-o', file, SOURCE]
  return spawnSync('cc', args).status === 0 ? file : undefined
}

const HANDLERS = { waits: addon('waits', '-DWAITS'), ends: addon('ends') }

const skip =
  (process.platform !== 'linux' && 'forked capture is for Linux') ||
  lacking(HANDLERS.ends === undefined && 'there is no C compiler')

describe('an add-on that was loaded after seep', { skip }, () => {
  for (const [what, file] of Object.entries(HANDLERS)) {
    it(`has a handler that ${what}, which does not run in the child`, async () => {
      const { value, stderr } = await evaluate(`
        const { LeakDetector } = require('seep')
        const detector = new LeakDetector({ capture: 'fork', maxPauseMs: 600_000 })
        require(${JSON.stringify(file)})
        detector.check().then(({ skip, cost }) => {
          console.log(JSON.stringify({ skip, capture: cost?.capture }))
          return detector.stop()
        })`)
      assert.deepEqual(value, { skip: null, capture: 'fork' })
      assert.equal(stderr, '')
    })
  }
})
