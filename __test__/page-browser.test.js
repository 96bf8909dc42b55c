'use strict'

/** The page in a real browser: what is seen, heard and pressed. */

const assert = require('node:assert/strict')
const { readFileSync, rmSync, writeFileSync, mkdtempSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { pathToFileURL } = require('node:url')
const { reportPage } = require('../lib/page/document')
const { pageState, reportState } = require('../lib/page/state')
const { leakMarkdown } = require('../lib/page/view/markdown')
const { launch, noChromium } = require('./support/chromium')
const { ScriptedDetector, serve } = require('./support/page')
const { checkReport, hostileLeak, leakReport, skipReport } = require('./support/reports')

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
const DESK = { viewport: { width: 1280, height: 900 } }

const second = () =>
  leakReport({ id: '9a26fdd2cf627b11', kind: 'listeners', title: 'Another `one`' })

/** One of everything that a page can show. */
function full() {
  const detector = new ScriptedDetector().sampling()
  detector.sees(checkReport({ verdict: 'insufficient-data' }))
  detector.skipped(skipReport()).skipped(skipReport('ERR_CAPTURE_BUSY'))
  detector.sees(checkReport({ leaks: [leakReport({ id: 'gone' })] }))
  const suspect = leakReport({ id: 'suspect', verdict: 'suspected', pattern: null })
  return detector.sees(checkReport({ leaks: [leakReport(), second()], suspects: [suspect] }))
}

const STATES = {
  'several leaks': full,
  'a healthy program': () => new ScriptedDetector().sampling().sees(checkReport({ classes: [] })),
  'no check yet': () => new ScriptedDetector().sampling(),
  'a detector that was not started': () => {
    const detector = new ScriptedDetector()
    detector.state = 'idle'
    return detector
  }
}

describe('the page in a browser', { skip: noChromium() }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  /** A page that fails the test for anything that the browser complains about. */
  async function open(t, url, { lenient = false, ...options } = {}) {
    const context = await browser.newContext({ ...DESK, reducedMotion: 'reduce', ...options })
    t.after(() => context.close())
    const page = await context.newPage()
    const complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text())
    })
    const elsewhere = []
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(url).origin) && !/^(data|file):/.test(request.url()))
        elsewhere.push(request.url())
    })
    t.after(() => {
      assert.deepEqual(elsewhere, [], 'asked somebody else')
      if (!lenient) assert.deepEqual(complaints, [])
    })
    await page.goto(url)
    return page
  }

  const charts = (page) => page.locator('.uplot:visible')

  describe('is accessible', () => {
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
    for (const [name, make] of Object.entries(STATES)) {
      for (const colorScheme of ['light', 'dark']) {
        for (const [device, options] of [
          ['desk', DESK],
          ['phone', PHONE]
        ]) {
          it(`with ${name}, ${colorScheme}, on a ${device}`, async (t) => {
            const page = await open(t, await serve(t, make(), { name: 'shop' }), {
              ...options,
              colorScheme
            })
            await page.evaluate(() => {
              for (const it of document.querySelectorAll('details')) it.open = true
            })
            await page.evaluate(axe)
            const { violations, passes } = await page.evaluate(() => globalThis.axe.run())
            const told = violations.map(
              ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`
            )
            assert.deepEqual(told, [])
            assert.ok(passes.length > 15)
            const overflow = await page.evaluate(
              () => document.documentElement.scrollWidth - innerWidth
            )
            assert.equal(overflow, 0, 'wider than the window')
          })
        }
      }
    }
  })

  it('draws memory and growth, with the captures', async (t) => {
    const page = await open(t, await serve(t, full()))
    await charts(page).nth(3).waitFor()
    assert.equal(await charts(page).count(), 4, 'heap, resident, and two of the open leak')
    const label = await page.locator('[data-memory=heap]').getAttribute('aria-label')
    assert.match(
      label,
      /^Memory over time\. After collection [\d.]+ [kM]B at the start, .* now; Heap .*; External /
    )
    const counts = page.getByRole('img', {
      name: 'Session held, per snapshot: 2,100, 4,950, 7,800, 10,500, 13,200'
    })
    assert.equal(await counts.first().isVisible(), true)
    const painted = await page.evaluate(() => {
      return [...document.querySelectorAll('.uplot canvas')].map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        return data.some((value) => value !== 0)
      })
    })
    assert.ok(painted.length >= 4 && painted.every(Boolean))
  })

  it('numbers the snapshots of a growth by what is kept, which may be thinned', async (t) => {
    const growth = { ...leakReport().growth, checks: 21, counts: [10, 20, 40, 80] }
    const detector = new ScriptedDetector().sampling()
    detector.sees(checkReport({ leaks: [leakReport({ growth })] }))
    const page = await open(t, await serve(t, detector))
    const figure = page.locator('figure', { has: page.locator('[data-chart=counts]') })
    await figure.locator('.uplot').waitFor()
    assert.equal(await figure.locator('.readout').textContent(), '80 (snapshot 4 of 4 kept)')
  })

  for (const [width, columns] of [
    [1280, 13],
    [1000, 13],
    [820, 8]
  ]) {
    it(`shows ${columns} columns whole in a window of ${width} pixels`, async (t) => {
      const usual = checkReport()
      const child = { ...usual.cost.child, cpuMs: 12_345, privateBytes: 123_456_789 }
      const cost = { ...usual.cost, pauseMs: 123.4, captureMs: 12_345, analysisMs: 1234, child }
      const big = { selfBytes: 5.28e9, addedCount: 11_100_000, addedBytes: 4.4e9 }
      const classes = [
        {
          className: 'SubscriptionRegistry',
          label: 'SubscriptionRegistry',
          count: 13_200_000,
          ...big
        }
      ]
      const detector = new ScriptedDetector().sampling()
      detector.sees(checkReport({ verdict: 'native-growth', native: { title: 'Grows' }, cost }))
      detector.skipped(skipReport())
      detector.sees(checkReport({ leaks: [leakReport(), second()], cost, classes }))
      const page = await open(t, await serve(t, detector), { viewport: { width, height: 900 } })
      await page.locator('#rounds tbody tr').nth(2).waitFor()
      assert.equal(await page.locator('thead th:visible').count(), columns)
      const hidden = await page.evaluate(() => {
        return [...document.querySelectorAll('.table')].map((it) => it.scrollWidth - it.clientWidth)
      })
      assert.deepEqual(hidden, [0, 0], 'pixels of a table that have to be scrolled to')
    })
  }

  it('hides series and changes the range by button', async (t) => {
    const page = await open(t, await serve(t, full()))
    const heap = page.getByRole('button', { name: /^Heap/ })
    assert.equal(await heap.getAttribute('aria-pressed'), 'true')
    await heap.click()
    assert.equal(await heap.getAttribute('aria-pressed'), 'false')
    await page.getByRole('button', { name: 'Since start' }).click()
    assert.equal(
      await page.getByRole('button', { name: 'Latest' }).getAttribute('aria-pressed'),
      'false'
    )
  })

  it('can be used with the keyboard alone', async (t) => {
    const page = await open(t, await serve(t, full()))
    const focused = () =>
      page.evaluate(() => (document.activeElement.textContent ?? '').trim().replace(/\s+/g, ' '))
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Skip to the verdict')
    await page.keyboard.press('Tab')
    assert.equal(await focused(), 'Check now')
    const card = page.locator('#leak-9a26fdd2cf627b11')
    assert.equal(await card.getAttribute('open'), null)
    await card.locator('summary').focus()
    await page.keyboard.press('Enter')
    assert.equal(await card.getAttribute('open'), '')
    assert.equal(await card.locator('.uplot').count(), 2, 'charts come when there is room')
  })

  it('jumps from the verdict to a leak, and opens it', async (t) => {
    const page = await open(t, await serve(t, full()))
    await page.locator('a[href="#leak-9a26fdd2cf627b11"]').click()
    const card = page.locator('#leak-9a26fdd2cf627b11')
    await card.locator('.uplot').first().waitFor()
    assert.equal(await card.getAttribute('open'), '')
  })

  it('copies a leak as Markdown', async (t) => {
    const url = await serve(t, full())
    const page = await open(t, url, { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.getByRole('button', { name: 'Copy as Markdown' }).first().click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(
      await page.evaluate(() => navigator.clipboard.readText()),
      leakMarkdown(leakReport())
    )
  })

  it('copies where the clipboard is not to be had', async (t) => {
    const page = await open(t, await serve(t, full()))
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
    await page.getByRole('button', { name: 'Copy as Markdown' }).first().click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
  })

  it('starts a check, and shows what came of it without being loaded again', async (t) => {
    const detector = new ScriptedDetector().sampling()
    const page = await open(t, await serve(t, detector))
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByRole('button', { name: 'Checking…' }).waitFor()
    while (detector.checks === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    detector.checking = false
    detector.sees(checkReport({ leaks: [leakReport()] }))
    await page.getByRole('heading', { name: 'One leak is confirmed' }).waitFor()
    await page.getByRole('button', { name: 'Check now' }).waitFor()
    await page.getByText('Check finished: One leak is confirmed').waitFor({ state: 'attached' })
    assert.equal(detector.checks, 1)
    assert.match(await page.title(), /^One leak is confirmed/)
    await page.locator('.leak .uplot').first().waitFor()
  })

  it('keeps what is open and focused when something new comes', async (t) => {
    const detector = full()
    const page = await open(t, await serve(t, detector))
    const card = page.locator('#leak-9a26fdd2cf627b11')
    await card.locator('summary').click()
    detector.sees(
      checkReport({ leaks: [leakReport(), leakReport({ ...second(), title: 'Another, later' })] })
    )
    await page.getByRole('heading', { name: 'Another, later' }).waitFor()
    assert.equal(await card.getAttribute('open'), '')
    const focused = await page.evaluate(() => document.activeElement.closest('details')?.id)
    assert.equal(focused, 'leak-9a26fdd2cf627b11')
  })

  it('shows memory as soon as the detector is started', async (t) => {
    const detector = new ScriptedDetector()
    detector.state = 'idle'
    const page = await open(t, await serve(t, detector))
    await page.getByRole('heading', { name: 'Not started' }).waitFor()
    assert.equal(await page.locator('#memory').isVisible(), false)
    detector.state = 'watching'
    detector.sampling().skipped(skipReport())
    await page.getByRole('heading', { name: 'Memory' }).waitFor()
    await charts(page).nth(1).waitFor()
  })

  it('says that the detector was stopped, and asks no more', async (t) => {
    const detector = full()
    const page = await open(t, await serve(t, detector))
    detector.stop()
    await page.getByText('Stopped', { exact: true }).waitFor()
    let asked = 0
    page.on('request', () => {
      asked += 1
    })
    await new Promise((resolve) => setTimeout(resolve, 3000))
    assert.equal(asked, 0)
  })

  it('says that the process is gone, and that it is back', async (t) => {
    const page = await open(t, await serve(t, full()), { lenient: true })
    await page.context().setOffline(true)
    await page.getByText('Disconnected').waitFor()
    assert.match(await page.getByRole('alert').textContent(), /not responding/)
    await page.context().setOffline(false)
    await page.getByText('Live', { exact: true }).waitFor()
    assert.equal(await page.getByRole('alert').count(), 0)
  })

  it('shows hostile names as text', async (t) => {
    const hostile = new ScriptedDetector().sampling().sees(checkReport({ leaks: [hostileLeak()] }))
    const page = await open(t, await serve(t, hostile))
    await page.locator('.leak .uplot').first().waitFor()
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined)
    assert.equal(await page.locator('img').count(), 0)
    assert.match(
      await page.locator('h3').textContent(),
      /^<\/script><img src=x onerror="window.hacked=1">/
    )
    // And once more through the scripts of the page.
    hostile.sees(checkReport({ leaks: [hostileLeak(), { ...hostileLeak(), id: 'b' }] }))
    await page.getByRole('heading', { name: '2 leaks are confirmed' }).waitFor()
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined)
    assert.equal(await page.locator('img').count(), 0)
  })

  it('says all but the charts without JavaScript', async (t) => {
    const page = await open(t, await serve(t, full()), { javaScriptEnabled: false })
    await page.getByRole('heading', { name: '2 leaks are confirmed' }).waitFor()
    await page.getByText('The charts need JavaScript').waitFor()
    assert.equal(await page.getByRole('button').count(), 0)
    assert.equal(await page.locator('#leak-8e2949eac92eeba7 .suspect').isVisible(), true)
  })

  it('as a file shows the same, alone', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'seep-test-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const detector = full()
    const pages = {
      leak: await reportPage(pageState(detector.status(), detector.history), second()),
      compared: await reportPage(
        reportState(checkReport({ leaks: [leakReport()], cost: null, memory: null }))
      )
    }
    detector.history.stop()
    for (const [name, text] of Object.entries(pages)) {
      const file = path.join(folder, `${name}.html`)
      writeFileSync(file, text)
      const page = await open(t, pathToFileURL(file).href)
      await page.locator('.leak[open] .uplot').first().waitFor()
      assert.equal(await page.getByRole('button', { name: 'Check now' }).count(), 0)
      assert.equal(await page.locator('[data-memory]').count(), name === 'leak' ? 2 : 0)
    }
  })
})
