'use strict'

/** Where native memory is allocated: samples of malloc by stack. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, describe, it } = require('node:test')
const { lacking } = require('./support/lacking')
const { evaluate } = require('./support/program')

const SOURCE = path.join(__dirname, 'fixtures', 'native-stacks', 'addon.c')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-stacks-'))
after(() => fs.rmSync(folder, { recursive: true }))

const isSupported =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  process.report.getReport().header.glibcVersionRuntime !== undefined
const file = path.join(folder, 'rows.node')
const skip =
  (!isSupported && 'native stacks are for Linux x64 with the GNU C library') ||
  lacking(
    spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', file, SOURCE]).status !== 0 &&
      'there is no C compiler'
  )

/** What programs begin with. */
const PRELUDE = `
  const binding = require(${JSON.stringify(path.join(__dirname, '..', 'binding.js'))})
  const ADDON = ${JSON.stringify(file)}
  const { setTimeout: sleep } = require('node:timers/promises')
  const functions = ({ frames }) => frames.map((frame) => frame.function)
  const stacks = () => JSON.parse(binding.nativeStacks(10))
  const isOf = (name) => (stack) => functions(stack).includes(name)
  const run = async (body) => console.log(JSON.stringify(await body()))
`

/** Runs the body of an async function in a program of its own, and returns what it returns. */
async function result(body) {
  const { value, stderr } = await evaluate(`${PRELUDE}\nrun(async () => {${body}})`)
  assert.equal(stderr, '')
  return value
}

describe('native stacks', { skip }, () => {
  it('tell the functions of an add-on that keep memory, how much, and not those that free it', async () => {
    const { kept, used, zlib } = await result(`
      const rows = require(ADDON)
      binding.recordNativeStacks(true)
      const streams = []
      for (let round = 0; round < 80; round++) {
        rows.keep(1000)
        rows.use(1000)
        const stream = require('node:zlib').createGzip()
        streams.push(stream)
        await new Promise((done) => stream.write('x', done))
      }
      const found = stacks()
      return { kept: found.find(isOf('keep_rows')), used: found.find(isOf('use_rows')), zlib: found.find(isOf('deflateInit2_')) }
    `)
    assert.deepEqual(kept.frames.slice(0, 2), [
      { function: 'make_row', module: 'rows.node' },
      { function: 'keep_rows', module: 'rows.node' }
    ])
    assert.equal(kept.frames[2].module, 'rows.node')
    assert.match(kept.frames.at(-1).module, /^node/)
    // 80 MB are 150 samples: a third more or less is four standard deviations.
    assert.ok(kept.bytes > 53e6 && kept.bytes < 107e6, `${kept.bytes}`)
    assert.ok(kept.samples > 50, `${kept.samples}`)
    assert.equal(used, undefined)
    assert.match(zlib.frames[0].function, /AllocForZlib/)
  })

  it('include those of an add-on that was loaded after recording began', async () => {
    const names = await result(`
      binding.recordNativeStacks(true)
      const rows = require(ADDON)
      for (;;) {
        rows.keep(100)
        await sleep(20)
        const found = stacks().find(isOf('keep_rows'))
        if (found) return functions(found)
      }
    `)
    assert.deepEqual(names.slice(0, 2), ['make_row', 'keep_rows'])
  })

  it('are none once recording has ended, and the program then calls its allocator directly', async () => {
    const { none, again } = await result(`
      const rows = require(ADDON)
      binding.recordNativeStacks(true)
      for (let round = 0; round < 20; round++) rows.keep(1000)
      binding.recordNativeStacks(false)
      for (let round = 0; round < 20; round++) rows.keep(1000)
      const none = JSON.parse(binding.nativeStacks(10))
      binding.recordNativeStacks(true)
      return { none, again: stacks().filter(isOf('keep_rows')) }
    `)
    assert.equal(none, null)
    assert.deepEqual(again, [])
  })

  it('survive many beginnings and ends while threads allocate, end and unload their add-ons, and children start', async () => {
    const ended = await result(`
      const { Worker } = require('node:worker_threads')
      const { execFile } = require('node:child_process')
      const fs = require('node:fs')
      let workers = 0
      let isOver = false
      const work = () => {
        if (isOver) return
        // An object of its own, which is unloaded when the Worker ends.
        const copy = ADDON + '.' + workers++
        fs.copyFileSync(ADDON, copy)
        const code = 'const module = { exports: {} }; process.dlopen(module, ' + JSON.stringify(copy) + ');' +
          'const zlib = require("node:zlib"); let left = 40;' +
          '(function next() { module.exports.use(3000); if (left-- > 0) zlib.gzip(Buffer.alloc(30000), next) })()'
        new Worker(code, { eval: true }).on('exit', work)
      }
      const start = () => isOver || execFile('/bin/true', start)
      work()
      work()
      start()
      for (let times = 0; times < 100; times++) {
        binding.recordNativeStacks(true)
        await sleep(times % 10)
        if (times % 20 === 0) await sleep(1200) // long enough to look for new objects
        stacks()
        binding.recordNativeStacks(false)
      }
      isOver = true
      return workers
    `)
    assert.ok(ended > 2, `${ended}`)
  })
})
