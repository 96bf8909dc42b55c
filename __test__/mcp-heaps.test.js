'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setImmediate: turn } = require('node:timers/promises')
const { after, before, describe, it } = require('node:test')
const { Heaps } = require('../lib/mcp/heaps')
const { Reports } = require('../lib/mcp/reports')
const { openHeap } = require('..')
const { drawSeries } = require('./support/drawn-programs')

let folder
let files

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-heaps-'))
  files = drawSeries(folder, 'sessions', [10, 20, 30])
})

after(() => fs.rmSync(folder, { recursive: true, force: true }))

/** Heaps that are opened by hand, and counted while they are open. */
class Opener {
  opened = []
  now = 0
  most = 0
  #held = new Map()
  #isHeld

  constructor({ isHeld = false } = {}) {
    this.#isHeld = isHeld
    this.open = async (file, { signal }) => {
      this.opened.push(path.basename(file))
      this.now++
      this.most = Math.max(this.most, this.now)
      try {
        if (this.#isHeld) await this.#hold(file, signal)
      } catch (error) {
        this.now--
        throw error
      }
      return {
        file,
        close: async () => {
          await turn()
          this.now--
        }
      }
    }
  }

  #hold(file, signal) {
    return new Promise((resolve, reject) => {
      this.#held.set(file, resolve)
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }

  release(file) {
    this.#held.get(file)()
  }
}

const names = (heaps) => heaps.files.map((file) => path.basename(file))

describe('the heaps of seep mcp', () => {
  it('are opened once, and give way to others by use', async () => {
    const opener = new Opener()
    const heaps = new Heaps(opener.open, 2)
    const use = (file) => heaps.use(file, {}, async (heap) => heap.file)
    assert.equal(await use(files[0]), files[0])
    await use(files[1])
    await use(files[0])
    await use(files[2])
    assert.deepEqual(names(heaps), ['sessions-1.heapsnapshot', 'sessions-3.heapsnapshot'])
    assert.equal(opener.opened.length, 3)
    assert.equal(opener.most, 2)
    await heaps.close()
    assert.equal(opener.now, 0)
  })

  it('are never two at once by accident, however they are asked for', async () => {
    const opener = new Opener()
    const heaps = new Heaps(opener.open, 1)
    const use = async (file) => {
      await heaps.use(file, {}, async () => {
        assert.deepEqual(names(heaps).includes(path.basename(file)), true)
        await turn()
      })
    }
    const beside = () =>
      heaps.beside(undefined, async () => {
        assert.equal(opener.now, 0)
        await turn()
      })
    const work = Array.from({ length: 30 }, (_, i) => (i % 4 === 3 ? beside() : use(files[i % 3])))
    await Promise.all(work)
    assert.equal(opener.most, 1)
    await heaps.close()
    assert.equal(opener.now, 0)
  })

  it('stay open while they are used', async () => {
    const opener = new Opener()
    const heaps = new Heaps(opener.open, 1)
    let release
    const first = heaps.use(files[0], {}, () => new Promise((resolve) => (release = resolve)))
    while (release === undefined) await turn()
    const second = heaps.use(files[1], {}, async () => opener.now)
    for (let i = 0; i < 5; i++) await turn()
    assert.deepEqual(opener.opened, ['sessions-1.heapsnapshot'])
    release()
    await first
    assert.equal(await second, 1)
    await heaps.close()
  })

  it('are given up when nobody waits for them any more', async () => {
    const opener = new Opener({ isHeld: true })
    const heaps = new Heaps(opener.open, 1)
    const [one, two] = [new AbortController(), new AbortController()]
    const waiting = [one, two].map(({ signal }) => heaps.use(files[0], { signal }, () => 'done'))
    while (opener.now === 0) await turn()
    one.abort(new Error('first'))
    await assert.rejects(waiting[0], /first/)
    assert.equal(opener.now, 1)
    two.abort(new Error('second'))
    await assert.rejects(waiting[1], /second/)
    await turn()
    assert.equal(opener.now, 0)
    // The place is free again, and the file can be opened again.
    const again = heaps.use(files[0], {}, () => 'done')
    while (opener.now === 0) await turn()
    opener.release(files[0])
    assert.equal(await again, 'done')
    await heaps.close()
  })

  it('are not opened for a request that was cancelled while it waited', async () => {
    const opener = new Opener({ isHeld: true })
    const heaps = new Heaps(opener.open, 1)
    const first = heaps.use(files[0], {}, () => 'done')
    while (opener.now === 0) await turn()
    const cancelled = new AbortController()
    const second = heaps.use(files[1], { signal: cancelled.signal }, () => 'done')
    for (let i = 0; i < 5; i++) await turn()
    cancelled.abort(new Error('enough'))
    await assert.rejects(second, /enough/)
    opener.release(files[0])
    assert.equal(await first, 'done')
    for (let i = 0; i < 5; i++) await turn()
    assert.deepEqual(opener.opened, ['sessions-1.heapsnapshot'])
    await heaps.close()
  })

  it('leave their place when they cannot be opened', async () => {
    const opener = new Opener()
    let fails = true
    const open = (...args) => {
      if (fails) throw new Error('no memory')
      return opener.open(...args)
    }
    const heaps = new Heaps(open, 1)
    await assert.rejects(
      heaps.use(files[0], {}, () => 'done'),
      /no memory/
    )
    fails = false
    assert.equal(await heaps.use(files[0], {}, () => 'done'), 'done')
    assert.equal(await heaps.use(files[1], {}, () => 'done'), 'done')
    await heaps.close()
  })

  it('are opened anew when their file has changed', async () => {
    const opener = new Opener()
    const heaps = new Heaps(opener.open, 1)
    await heaps.use(files[0], {}, () => 'done')
    fs.utimesSync(files[0], 2000, 2000)
    await heaps.use(files[0], {}, () => 'done')
    assert.equal(opener.opened.length, 2)
    assert.equal(opener.most, 1)
    await heaps.close()
  })

  it('are real ones, whose queries end before they are closed', async () => {
    const heaps = new Heaps(openHeap, 1)
    const counts = await Promise.all(
      files.map((file) =>
        heaps.use(file, {}, async (heap) => {
          return (await heap.instances({ className: 'Session', limit: 1 })).total
        })
      )
    )
    assert.deepEqual(counts, [10, 20, 30])
    await heaps.close()
    await assert.rejects(
      heaps.use(files[0], {}, () => 'done'),
      { code: 'ERR_HEAP_CLOSED' }
    )
  })

  it('make room for verdicts, which are kept as long as the files stay as they are', async () => {
    const opener = new Opener()
    const heaps = new Heaps(opener.open, 1)
    const reports = new Reports(heaps)
    let times = 0
    const work = async () => {
      assert.equal(opener.now, 0)
      return ++times
    }
    await heaps.use(files[0], {}, () => 'done')
    assert.equal(await reports.of(files, {}, work), 1)
    assert.equal(await reports.of(files, {}, work), 1)
    assert.equal(await reports.of(files.slice(1), {}, work), 2)
    fs.utimesSync(files[1], 3000, 3000)
    assert.equal(await reports.of(files, {}, work), 3)
    await heaps.close()
  })
})
