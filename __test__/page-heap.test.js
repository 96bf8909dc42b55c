'use strict'

/** Snapshots of a browser's pages: windows, detached trees, listeners. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { compareFiles, openHeap } = require('seep')
const { launch, noChromium } = require('./support/chromium')
const { snapshotsOf } = require('./support/page-heap')

/** Leaks detached trees through a variable, a property of `window`, and listeners. */
const PAGE = `<!doctype html><title>Widgets</title><main></main><script>
class Widget {
  constructor(id) {
    this.id = id
    this.data = Array.from({ length: 40 }, () => Math.random())
    this.element = document.createElement('section')
    this.element.innerHTML = '<p>one <b>two</b></p>'
  }
}
const removed = []
const bus = new EventTarget()
window.sessions = new Map()
function mount(id) {
  const widget = new Widget(id)
  document.querySelector('main').append(widget.element)
  widget.element.remove()
  removed.push(widget)
  sessions.set(id, { id, since: new Date() })
  bus.addEventListener('tick', function onTick() { return id })
}
let count = 0
function grow(times) { for (let i = 0; i < times; i++) mount(count++) }
</script>`

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-page-heap-'))
const files = [1, 2, 3, 4, 5].map((at) => path.join(folder, `${at}.heapsnapshot`))
after(() => fs.rmSync(folder, { recursive: true }))

describe('a snapshot of a page', { skip: noChromium() }, () => {
  /** @type {import('seep').Heap} */
  let heap
  let address

  before(async () => {
    const browser = await launch()
    const steps = files.map((file) => ({ evaluate: 'grow(300)', file }))
    address = await snapshotsOf(browser, PAGE, steps)
    await browser.close()
    heap = await openHeap(files.at(-1))
  })
  after(() => heap?.close())

  const labels = ({ path: steps }) => steps.map(({ edge }) => edge.label)

  it('has the detached trees, by what holds them, as its first suspect', async () => {
    const { rows } = await heap.suspects()
    const [first] = rows
    assert.deepEqual([first.kind, first.className, first.count], ['manyItems', 'Widget', 1500])
    assert.deepEqual(labels(first).slice(-2), ['removed', '[…]'])
    const detached = await heap.classes({ only: 'detached', filter: 'section' })
    assert.deepEqual(
      detached.rows.map(({ className, count }) => [className, count]),
      [['Detached <section>', 1500]]
    )
    const held = await heap.instances({ className: 'Detached <section>', groupBy: 'holder' })
    assert.equal(held.rows[0].holder.className, 'Detached <section>')
    assert.deepEqual(held.rows[0].path.slice(-3), ['removed', '[…]', '.element'])
  })

  it('leads from the window, by its address, to what its properties hold', async () => {
    const { rows } = await heap.holders({ filter: `window ${address}` })
    assert.ok(rows.length > 0)
    assert.ok(rows.every(({ origin }) => origin === 'global'))
    const [found] = (await heap.find('sessions', { list: 'holders' })).rows
    assert.deepEqual(found.path, [`window ${address}`, '.sessions'])
  })

  it('calls listeners so, and leaves out what only the browser knows', async () => {
    const { objects } = await heap.find('kind:closure name:onTick')
    assert.ok(objects.total >= 1500)
    const { path: steps } = await heap.object(objects.rows[0].id)
    assert.deepEqual(labels({ path: steps }).slice(-2), ['bus', '(listener)'])
    const listeners = (await heap.find('onTick', { list: 'holders' })).rows
    assert.deepEqual(listeners[0].path.slice(-2), ['bus', '(listener)'])
  })

  it('is compared with others of its page', async () => {
    const { verdict, leaks } = await compareFiles(files)
    assert.equal(verdict, 'leak')
    const [worst] = leaks
    assert.match(worst.pathText, /removed/)
    assert.match(worst.title, /Widget/)
    assert.match(worst.advice, /removed from the page/)
    const ofServers = /socket|request|Node\.js|process|\boff\(\)/i
    for (const { advice } of leaks) assert.doesNotMatch(advice, ofServers)
  })
})
