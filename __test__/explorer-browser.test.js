'use strict'

/** The page of `seep open` in a real browser. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { openHeap } = require('seep')
const { launch, noChromium } = require('./support/chromium')
const { HOSTILE, writeHostile, writeWide } = require('./support/drawn-snapshots')
const { explore, writeSessions } = require('./support/explorer')
const { runNode } = require('./support/program')

const DESK = { viewport: { width: 1280, height: 800 } }
const SIZES = {
  'a phone': { viewport: { width: 390, height: 844 }, hasTouch: true },
  'a desk': DESK,
  'a wide screen': { viewport: { width: 2000, height: 1200 } }
}
const MANY = 1_250_000

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-explorer-'))
after(() => fs.rmSync(folder, { recursive: true }))

describe('the page of seep open', { skip: noChromium() }, () => {
  let browser
  let files
  /** What the tests look for. */
  let session
  let holder
  const wide = path.join(folder, 'wide.heapsnapshot')
  const hostile = path.join(folder, 'hostile.heapsnapshot')

  before(async () => {
    browser = await launch()
    files = await writeSessions(folder)
    writeWide(wide, MANY)
    writeHostile(hostile)
    const heap = await openHeap(files[3])
    ;[session] = (await heap.instances({ className: 'Session', limit: 1 })).rows
    ;[{ holder }] = (await heap.instances({ className: 'Session', groupBy: 'holder' })).rows
    await heap.close()
  })
  after(() => browser?.close())

  /**
   * Opens a place on the page. The test fails for anything that the browser complains about, and for requests to others.
   *
   * @returns {Promise<import('playwright-core').Page>}
   */
  async function open(
    t,
    where,
    { snapshots = files, lenient = false, server = {}, ...options } = {}
  ) {
    const context = await browser.newContext({ ...DESK, reducedMotion: 'reduce', ...options })
    // Before the server ends, which the page would complain about.
    t.after(() => context.close())
    const { url, origin } = await explore(t, snapshots, server)
    const page = await context.newPage()
    const complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(origin)) complaints.push(`asked ${request.url()}`)
    })
    t.after(() => {
      if (!lenient) assert.deepEqual(complaints, [])
    })
    await page.goto(url.replace('/?', `${where}${where.includes('?') ? '&' : '?'}`))
    return page
  }

  const table = (page, name) => page.getByRole('treegrid', { name })
  const row = (page, name) => page.getByRole('row', { name })
  const address = (page) => new URL(page.url()).pathname + new URL(page.url()).search

  describe('shows', () => {
    it('the overview, with suspects and what holds most', async (t) => {
      const page = await open(t, '/3/overview')
      await page.getByRole('heading', { name: 'Overview' }).waitFor()
      const suspect = page.locator('.suspect', { hasText: 'Session' }).first()
      await suspect.waitFor()
      assert.match(await suspect.textContent(), /8,000 × Session/)
      assert.match(await suspect.textContent(), /sessions\.js/)
      assert.match(await page.locator('.top').textContent(), /module .*sessions\.js/)
      assert.match(await page.locator('.stack-legend').textContent(), /Strings/)
    })

    it('holders, down to the objects, and where they are written', async (t) => {
      const page = await open(t, '/3/holders')
      await page.getByLabel('Filter by name').fill('sessions.js')
      await page.waitForURL(/filter=sessions/)
      const module = row(page, /^module fixtures\/sessions\.js/).first()
      await module.locator('.twisty').click()
      await row(page, /^sessions Map/)
        .locator('.twisty')
        .click()
      const items = row(page, /^\[…\] 8,000 × Session/)
      await items.waitFor()
      assert.match(await items.textContent(), /sessions\.js:\d+/)
      await items.getByRole('link').click()
      await page.getByRole('heading', { name: 'Where it is' }).waitFor()
      await page.getByRole('button', { name: 'Its objects (8,000)' }).click()
      await row(page, /^Session @\d+/)
        .first()
        .waitFor()
    })

    it('holders as an icicle and as a treemap', async (t) => {
      const page = await open(t, '/3/holders?as=icicle')
      await page.locator('canvas').waitFor()
      await page.getByRole('button', { name: 'Treemap' }).click()
      await page.locator('.treemap canvas').waitFor()
      assert.equal(address(page), '/3/holders?as=treemap')
    })

    it('classes by what holds them, and their objects', async (t) => {
      const page = await open(t, '/3/classes')
      await page.getByLabel('Filter by name').fill('Session')
      await page.waitForURL(/filter=Session/)
      const found = row(page, /^Session/)
      await found.locator('.twisty').click()
      const held = row(page, /→ sessions → /)
      await held.locator('.twisty').click()
      const object = row(page, /^Session @\d+/).first()
      await object.waitFor()
      assert.equal(await object.getAttribute('aria-level'), '3')
    })

    it('only the objects of a set', async (t) => {
      const page = await open(t, '/3/classes')
      await page.getByLabel('Show').selectOption('contexts')
      await page.waitForURL(/only=contexts/)
      await Promise.race([
        table(page, 'Classes').waitFor(),
        page.getByText('No objects are in this set.').waitFor()
      ])
    })

    it('the objects of a class, and what would be freed without them', async (t) => {
      const page = await open(t, '/3/class/Session')
      await page.getByText(/8,000 objects\. Without them, at least/).waitFor()
      await page.getByRole('button', { name: 'Own', exact: true }).click()
      await page.waitForURL(/sort=selfBytes/)
      await page.getByRole('button', { name: 'By holder' }).click()
      await row(page, /→ sessions → /).waitFor()
    })

    it('dominators, as a table and as a treemap', async (t) => {
      const page = await open(t, '/3/dominators')
      await page.getByRole('row', { name: /@\d+/ }).first().waitFor()
      await page.getByRole('button', { name: 'Treemap' }).click()
      await page.locator('.treemap canvas').waitFor()
    })

    it('an object: why it is there, its fields, and what would be freed with it', async (t) => {
      const page = await open(t, `/3/object/${session.id}`)
      await page.getByRole('heading', { name: `Session @${session.id}` }).waitFor()
      const why = page.locator('.path-tree').first()
      assert.match(await why.textContent(), /sessions\.js.*sessions.*Session/)
      await row(page, /^\.token /).waitFor()
      await row(page, /^\.log Array/)
        .locator('.twisty')
        .click()
      await row(page, /^\[0\] /).waitFor()
      await page.getByText('Shortest path').click()
      await page.locator('.paths-more .path-tree').waitFor()
      await page.getByRole('button', { name: 'Keeps alive' }).click()
      await row(page, /^Array @\d+/).waitFor()
    })

    it('retainers, and what is left without one of them', async (t) => {
      const page = await open(t, `/3/object/${session.id}?part=retainers`)
      const first = table(page, 'Retainers').getByRole('row', { name: / in / }).first()
      await first.getByRole('button', { name: 'Ignore' }).click()
      await page.getByText(/^Without @\d+/).waitFor()
      await page.locator('.without :is(.path-tree, .hint)').waitFor()
      assert.match(address(page), /ignore=\d+/)
      await page.getByRole('link', { name: 'Look at all again' }).click()
      await page.waitForURL((url) => !url.search.includes('ignore'))
    })

    it('what has changed between files, below the verdict', async (t) => {
      const page = await open(t, '/3/compare')
      await page.getByRole('heading', { name: 'One leak is confirmed' }).waitFor()
      await page.locator('.leaks summary').click()
      assert.match(await page.locator('.report').textContent(), /at .*sessions\.js/)
      const grown = row(page, /→ sessions → \[…\]/).first()
      await grown.locator('.sparkline').waitFor()
      assert.match(await grown.textContent(), /\+6,000/)
      await page.getByRole('button', { name: 'Classes' }).click()
      await row(page, /^Session/).waitFor()
    })

    it('which objects are new since another file, and which are gone', async (t) => {
      const page = await open(t, '/3/compare?list=objects&since=1&filter=Session')
      await page.getByText(/\d new \(.*\), .* deleted/).waitFor()
      const news = row(page, /^Session 4,000 0/)
      await news.locator('.twisty').click()
      const held = row(page, /sessions.*\[…\] 4,000/)
      await held.locator('.twisty').click()
      await row(page, /^Session @\d+/)
        .first()
        .waitFor()
      await news.getByRole('link', { name: 'Session' }).click()
      await page.getByText('In 4.heapsnapshot, but not in 2.heapsnapshot.').waitFor()
      await row(page, /^Session @\d+/)
        .first()
        .waitFor()
      // From the other side, they are gone.
      await page.goto(new URL('/1/compare?list=objects&since=3&filter=Session', page.url()).href)
      await row(page, /^Session 0 4,000/)
        .getByRole('link', { name: '4,000' })
        .click()
      await page.getByText('In 4.heapsnapshot, but not in 2.heapsnapshot.').waitFor()
    })

    it('that files are not of one process', async (t) => {
      const page = await open(t, '/0/compare?list=objects', { snapshots: [files[0], hostile] })
      await page.getByText('These files are not from one process').waitFor()
    })

    it('dominators by class, down to single objects', async (t) => {
      const page = await open(t, '/3/dominators?by=class')
      const classes = row(page, /^[\d,]+ × Function/)
      await classes.locator('.twisty').click()
      await row(page, /^Function .*@\d+/)
        .first()
        .waitFor()
      await page.getByRole('button', { name: 'Objects' }).click()
      await classes.waitFor({ state: 'detached' })
    })

    it('duplicate strings by their holders, without what they say', async (t) => {
      const page = await open(t, '/3/strings')
      const tokens = row(page, /→ \.token/)
      await tokens.locator('.twisty').click()
      await row(page, /^string @\d+/).waitFor()
      assert.equal(await page.getByText('a secret').count(), 0)
      assert.equal(await page.getByRole('button', { name: 'Show contents' }).count(), 0)
      await page.getByText('start seep open with --contents').waitFor()
    })

    it('what strings say, once asked', async (t) => {
      const page = await open(t, '/3/strings', { server: { contents: true } })
      await row(page, /→ \.token/)
        .locator('.twisty')
        .click()
      await row(page, /^string @\d+/).waitFor()
      assert.equal(await page.getByText('a secret').count(), 0)
      await page.getByRole('button', { name: 'Show contents' }).click()
      await row(page, /^"a secret that is copied"/).waitFor()
    })

    it('what a search finds', async (t) => {
      const page = await open(t, '/3/search')
      await page.getByRole('searchbox', { name: 'Search' }).fill('class:Session self>1')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Objects (8,000)' }).waitFor()
      await page.getByRole('searchbox', { name: 'Search' }).fill('nothing-like-it')
      await page.keyboard.press('Enter')
      await page.getByText('Nothing is called “nothing-like-it”').waitFor()
    })

    it('another file', async (t) => {
      const page = await open(t, '/3/overview')
      await page.locator('.suspect', { hasText: '8,000 × Session' }).waitFor()
      await page.getByLabel('File').selectOption('0')
      await page.waitForURL(/\/0\/overview/)
      await page.locator('.suspect', { hasText: '2,000 × Session' }).waitFor()
    })
  })

  describe('says what to do', () => {
    const broken = path.join(folder, 'broken.heapsnapshot')
    before(() => fs.writeFileSync(broken, '{"snapshot":'))

    it('about a file that is no snapshot', async (t) => {
      const page = await open(t, '/0/overview', { snapshots: [broken] })
      const alert = page.getByRole('alert')
      await alert.waitFor()
      assert.match(await alert.textContent(), /broken\.heapsnapshot.*Take the snapshot again/s)
      await alert.getByRole('button', { name: 'Try again' }).waitFor()
    })

    it('about an object that is not there', async (t) => {
      const page = await open(t, '/3/object/4294967295')
      await page.getByText('No object has the id @4294967295 in this file').waitFor()
    })

    it('about a search that makes no sense', async (t) => {
      const page = await open(t, '/3/search?q=retained%3Elots', { lenient: true })
      await page.getByRole('alert').getByText('a size such as 4096').waitFor()
    })

    it('about a filter that fits nothing', async (t) => {
      const page = await open(t, '/3/classes?filter=nothing-like-it')
      await page.getByText('No class has this in its name. Change the filter.').waitFor()
      await page.getByLabel('Filter by name').fill('')
      await row(page, /^Object/)
        .first()
        .waitFor()
      await table(page, 'Classes').focus()
      await page.keyboard.press('End')
      await page.locator('[aria-selected=true]').getByRole('link').waitFor()
    })

    it('about a server that has ended', async (t) => {
      const page = await open(t, '/3/classes', { lenient: true })
      await row(page, /Object/)
        .first()
        .waitFor()
      await page.context().setOffline(true)
      await page.getByLabel('Filter by name').fill('Session')
      await page.getByText('seep open has ended. Run it again').first().waitFor()
    })
  })

  it('can be used with the keyboard alone', async (t) => {
    const page = await open(t, '/3/classes?filter=Session')
    // Its retained size comes last.
    await row(page, /^Session .*%/).waitFor()
    await page.keyboard.press('Tab')
    await page.getByText('Skip to the view').and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Enter')
    const grid = table(page, 'Classes')
    for (let i = 0; i < 12 && !(await grid.evaluate((it) => it === document.activeElement)); i++) {
      await page.keyboard.press('Tab')
    }
    const active = () =>
      page.evaluate(() => {
        const id = document.activeElement.getAttribute('aria-activedescendant')
        return document.getElementById(id)?.textContent ?? ''
      })
    assert.match(await active(), /^Session/)
    await page.keyboard.press('ArrowRight')
    await row(page, /→ sessions → /).waitFor()
    await page.keyboard.press('ArrowRight')
    assert.match(await active(), /→ sessions → /)
    await page.keyboard.press('ArrowRight')
    await row(page, /^Session @\d+/)
      .first()
      .waitFor()
    await page.keyboard.press('ArrowDown')
    assert.match(await active(), /^Session@\d+/)
    await page.keyboard.press('ArrowLeft')
    assert.match(await active(), /→ sessions → /)
    await page.keyboard.press('ArrowLeft')
    assert.equal(await row(page, /^Session @\d+/).count(), 0)
    await page.keyboard.press('End')
    await page.keyboard.press('Home')
    assert.match(await active(), /^Session/)
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/3\/class\/Session/)
    await row(page, /^Session @\d+/)
      .first()
      .waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).waitFor()
    await page.keyboard.type(`@${session.id}`)
    await page
      .getByRole('option', { name: new RegExp(`@${session.id}`) })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/3/object/${session.id}`)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: 'Search' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: 'Search' }).waitFor({ state: 'detached' })
  })

  it('ignores a retainer by key', async (t) => {
    const page = await open(t, `/3/object/${session.id}?part=retainers`)
    const grid = table(page, 'Retainers')
    await grid.getByRole('row', { name: / in / }).first().waitFor()
    await grid.focus()
    await page.keyboard.press('i')
    await page.waitForURL(/ignore=\d+/)
  })

  /** A place of each view; `SESSION` and `HOLDER` are replaced. */
  const PLACES = [
    '/3/overview',
    '/3/holders',
    '/3/holders?as=icicle',
    '/3/classes',
    '/3/class/Session',
    '/3/dominators',
    '/3/dominators?as=treemap',
    '/3/object/SESSION',
    '/3/object/SESSION?part=retainers',
    '/3/holder/HOLDER',
    '/3/strings',
    '/3/compare',
    '/3/compare?list=objects',
    '/3/dominators?by=class',
    '/3/search?q=session'
  ]
  const whole = (place) => place.replace('SESSION', session.id).replace('HOLDER', holder.key)

  /** Waits until nothing is loading. */
  async function settled(page) {
    await page.waitForLoadState('networkidle')
    await page.locator('main :is(h1, h2)').first().waitFor()
    await page.waitForFunction(() => document.querySelector('.spinner, [aria-busy]') === null)
  }

  const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

  /** What is not accessible on the page. */
  async function violationsOn(page) {
    await page.evaluate(axe)
    const { violations } = await page.evaluate(() => globalThis.axe.run())
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`
    )
  }

  describe('is accessible', () => {
    for (const colorScheme of ['light', 'dark']) {
      it(`in all views, ${colorScheme}`, async (t) => {
        const page = await open(t, '/3/overview', { colorScheme, bypassCSP: true })
        for (const place of PLACES) {
          await page.goto(new URL(whole(place), page.url()).href)
          await settled(page)
          assert.deepEqual(await violationsOn(page), [], place)
        }
        await page.keyboard.press('Control+k')
        await page.getByRole('combobox', { name: 'Search' }).fill('session')
        await page
          .getByRole('option', { name: /holder/ })
          .first()
          .waitFor()
        assert.deepEqual(await violationsOn(page), [])
      })
    }
  })

  for (const [device, options] of Object.entries(SIZES)) {
    it(`fits ${device}`, async (t) => {
      const page = await open(t, '/3/overview', options)
      for (const place of PLACES) {
        await page.goto(new URL(whole(place), page.url()).href)
        await settled(page)
        const hidden = await page.evaluate(() => {
          const main = document.querySelector('main')
          return [
            document.documentElement.scrollWidth - innerWidth,
            main.scrollWidth - main.clientWidth
          ]
        })
        assert.deepEqual(hidden, [0, 0], `pixels to the right of ${place}`)
      }
    })
  }

  describe('comes back to the same state from its address', () => {
    const STATES = {
      'a sorted and filtered list': '/3/classes?filter=s&sort=count&order=asc',
      'an icicle': '/3/holders?as=icicle',
      'a part of an object': '/3/object/SESSION?part=retainers',
      'a search': '/3/search?q=session&list=holders',
      'a list of a comparison': '/3/compare?list=classes&sort=countDelta'
    }
    for (const [what, place] of Object.entries(STATES)) {
      it(what, async (t) => {
        const page = await open(t, whole(place))
        await settled(page)
        assert.equal(address(page), whole(place))
        const before = await page.locator('main').textContent()
        await page.reload()
        await settled(page)
        assert.equal(await page.locator('main').textContent(), before)
      })
    }

    it('open rows', async (t) => {
      const page = await open(t, '/3/classes?filter=Session')
      await row(page, /^Session/)
        .locator('.twisty')
        .click()
      await row(page, /→ sessions → /)
        .locator('.twisty')
        .click()
      await row(page, /^Session @\d+/)
        .first()
        .waitFor()
      assert.match(address(page), /open=/)
      await page.reload()
      await row(page, /^Session @\d+/)
        .first()
        .waitFor()
    })

    it('where a list was scrolled to, on the way back', async (t) => {
      const page = await open(t, '/3/class/Session')
      await row(page, /^Session @\d+/)
        .first()
        .waitFor()
      await table(page, 'Objects').evaluate((it) => it.scrollTo(0, 30_000))
      const there = page.locator('[role=row][aria-rowindex="1010"]')
      await there.getByRole('link').waitFor()
      const text = await there.textContent()
      await page.waitForFunction(() => history.state?.Objects > 0)
      await there.getByRole('link').click()
      await page.getByRole('heading', { name: 'Why it is there' }).waitFor()
      await page.goBack()
      await there.getByRole('link').waitFor()
      assert.equal(await there.textContent(), text)
    })
  })

  it('copies lists and objects as Markdown', async (t) => {
    const page = await open(t, '/3/classes?filter=Session', {
      permissions: ['clipboard-read', 'clipboard-write']
    })
    await row(page, /^Session .*%/).waitFor()
    const copied = async () => {
      await page.getByRole('button', { name: 'Copy as Markdown' }).first().click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      return page.evaluate(() => navigator.clipboard.readText())
    }
    assert.match(
      await copied(),
      /^\| Class \| Distance .*\n\| :-- \| --: .*\n\| `Session` \| \d+ \| 8,000 \|/
    )
    await page.goto(new URL(`/3/object/${session.id}`, page.url()).href)
    await page.getByRole('heading', { name: 'Why it is there' }).waitFor()
    assert.match(await copied(), /^### `Session @\d+`\n[\s\S]*```text\nmodule .*sessions\.js/)
  })

  describe('of a file that was recorded with stacks', () => {
    const recorded = path.join(folder, 'recorded.heapsnapshot')
    const place = String.raw`\(fixtures/recorded\.js:\d+:\d+\)`
    /** Of the object, whose stack was recorded. */
    let id
    /** What holds it. */
    let key

    before(async () => {
      const { code, stderr } = await runNode([
        // Optimised code has no frames of what it has inlined.
        ...['--no-opt', '--no-maglev'],
        path.join(__dirname, 'fixtures', 'recorded.js'),
        recorded
      ])
      assert.equal(code, 0, stderr)
      const heap = await openHeap(recorded)
      const of = { className: 'Visit' }
      const { rows } = await heap.instances({ ...of, limit: 1000 })
      const objects = await Promise.all(rows.map((it) => heap.object(it.id)))
      id = objects.find(({ stack }) => stack !== null).id
      key = (await heap.instances({ ...of, groupBy: 'holder' })).rows[0].holder.key
      await heap.close()
    })

    const openRecorded = (t, where) =>
      open(t, where, {
        snapshots: [recorded],
        permissions: ['clipboard-read', 'clipboard-write']
      })
    const copied = async (page, button) => {
      await button.getByRole('button', { name: 'Copy as Markdown' }).first().click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      return page.evaluate(() => navigator.clipboard.readText())
    }

    it('shows in which function an object was created, and the stack on demand', async (t) => {
      const page = await openRecorded(t, `/0/object/${id}`)
      const created = page.getByRole('heading', { name: /^Created in/ })
      assert.match(await created.textContent(), new RegExp(`^Created in createVisit ${place}$`))
      const caller = page.locator('.frames li', { hasText: 'serve' })
      assert.ok(!(await caller.isVisible()))
      await page.getByText(/^The whole stack: \d+ functions$/).click()
      await caller.waitFor()
      const text = await copied(page, page)
      assert.match(text, new RegExp(`^Created in \`createVisit ${place}\`:$`, 'm'))
      assert.match(text, new RegExp(`^serve ${place}$`, 'm'))
    })

    it('shows it of suspects and holders', async (t) => {
      const page = await openRecorded(t, '/0/overview')
      const created = new RegExp(`Created in (createVisit|Visit) ${place}`)
      await page.getByText(/^[\d,]+ objects recorded with stacks: /).waitFor()
      const suspect = page.locator('.suspect', { hasText: 'Visit' }).first()
      await suspect.getByText('Created in').waitFor()
      assert.match(await suspect.textContent(), created)
      assert.match((await copied(page, suspect)).replaceAll('`', ''), created)
      await page.goto(new URL(`/0/holder/${key}`, page.url()).href)
      await page.getByRole('heading', { name: 'Where it is' }).waitFor()
      assert.match(await page.locator('.object-title').textContent(), created)
    })

    it('has a column of it in the list of classes', async (t) => {
      const page = await openRecorded(t, '/0/classes?filter=Visit')
      await page.getByRole('columnheader', { name: 'Created in' }).waitFor()
      const created = row(page, /^Visit /).getByText(/^createVisit/)
      assert.match(await created.textContent(), new RegExp(`^createVisit ${place}$`))
      assert.match(await copied(page, page), new RegExp(`Visit\` \\| createVisit ${place} \\|`))
    })

    it('shows it of a class, of its objects and of what holds them', async (t) => {
      const page = await openRecorded(t, '/0/class/Visit')
      const heading = page.getByRole('heading', { name: /^Created in/ })
      assert.match(await heading.textContent(), new RegExp(`^Created in createVisit ${place}$`))
      const caller = page.locator('.frames li', { hasText: 'serve' }).first()
      assert.ok(!(await caller.isVisible()))
      await page.getByText(/^The heaviest stacks: \d+$/).click()
      await caller.waitFor()
      const text = await copied(page, page)
      assert.match(text, new RegExp(`^Created in \`createVisit ${place}\`\\.$`, 'm'))
      assert.match(text, new RegExp(`^serve ${place}$`, 'm'))
      const created = new RegExp(`createVisit ${place}`)
      await page.getByRole('button', { name: 'By holder' }).click()
      await row(page, created).first().waitFor()
      await page.goto(new URL('/0/classes?filter=Visit', page.url()).href)
      await row(page, /^Visit /).click()
      await page.keyboard.press('ArrowRight')
      await row(page, created).nth(1).waitFor()
    })

    it('is accessible there, too', async (t) => {
      const places = [
        ...[`/0/object/${id}`, `/0/holder/${key}`, '/0/class/Visit', '/0/classes', '/0/overview']
      ]
      const page = await open(t, places[0], { snapshots: [recorded], bypassCSP: true })
      for (const place of places) {
        await page.goto(new URL(place, page.url()).href)
        await page
          .getByText(/Created in/)
          .first()
          .waitFor()
        assert.deepEqual(await violationsOn(page), [], place)
      }
    })

    it('shows nothing of that in other files', async (t) => {
      const page = await open(t, `/3/object/${session.id}`)
      await page.getByRole('heading', { name: 'Why it is there' }).waitFor()
      assert.equal(await page.getByText('Created in').count(), 0)
      await page.goto(new URL('/3/classes', page.url()).href)
      await row(page, /^Session .*%/).waitFor()
      assert.equal(await page.getByText('Created in').count(), 0)
      await page.goto(new URL('/3/overview', page.url()).href)
      await page.locator('.suspect').first().waitFor()
      assert.equal(await page.getByText(/Created in|recorded with/).count(), 0)
    })
  })

  describe(`with ${MANY.toLocaleString('en')} rows`, () => {
    /** Rows that are elements. */
    const rows = (page) => page.locator('.rows [role=row]').count()

    it('makes elements only of those in view, from the first to the last', async (t) => {
      const page = await open(t, '/0/class/Item?sort=id', { snapshots: [wide] })
      const grid = table(page, 'Objects')
      await row(page, /^Item @5/)
        .first()
        .waitFor()
      assert.equal(await grid.getAttribute('aria-rowcount'), String(MANY + 1))
      await grid.evaluate((it) => it.scrollTo(0, it.scrollHeight / 2))
      // Between the scrolling and the next frame there is no row.
      const middle = await page.waitForFunction(
        (it) => {
          const box = it.getBoundingClientRect()
          const at = document.elementFromPoint(box.left + 40, box.top + box.height / 2)
          const isLoaded = document.querySelector('.rows [aria-busy]') === null
          return isLoaded && at?.closest('[role=row]')?.getAttribute('aria-rowindex')
        },
        await grid.elementHandle()
      )
      const index = Number(await middle.jsonValue())
      assert.ok(Math.abs(index - MANY / 2) < MANY / 50, `${index}`)
      assert.ok((await rows(page)) < 80)
      await grid.focus()
      await page.keyboard.press('End')
      const last = page.locator(`[role=row][aria-rowindex="${MANY + 1}"]`)
      await last.getByRole('link').waitFor()
      assert.match(await last.textContent(), new RegExp(`^Item@${2 * MANY + 3}`))
      const box = await last.boundingBox()
      const frame = await grid.boundingBox()
      assert.ok(box.y + box.height <= frame.y + frame.height + 1, 'the last row is in view')
      await page.keyboard.press('ArrowUp')
      await page.keyboard.press('Home')
      await row(page, /^Item @5/)
        .first()
        .waitFor()
      assert.ok((await rows(page)) < 80)
    })

    it('moves by a few rows where somebody turns a wheel', async (t) => {
      const page = await open(t, '/0/class/Item?sort=id', { snapshots: [wide] })
      await row(page, /^Item @5/)
        .first()
        .waitFor()
      await table(page, 'Objects').hover()
      await page.mouse.wheel(0, 300)
      const first = page.locator('[role=row][aria-rowindex="12"]')
      await first.getByRole('link').waitFor()
      const frame = await table(page, 'Objects').boundingBox()
      const { y } = await first.boundingBox()
      assert.ok(Math.abs(y - frame.y - 34) < 2, `the 11th row is the first, at ${y - frame.y}`)
    })

    it('shows the rest of a long branch on demand', async (t) => {
      const page = await open(t, '/0/dominators', { snapshots: [wide] })
      await row(page, /^Store/)
        .locator('.twisty')
        .click()
      await row(page, /^Item/).first().waitFor()
      const rest = page.getByRole('button', { name: /^1,249,950 others, / })
      await table(page, 'Dominators').focus()
      await page.keyboard.press('End')
      await rest.waitFor()
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: /others/ }).waitFor({ state: 'detached' })
      await page.keyboard.press('End')
      await page.getByRole('button', { name: /^1,249,000 others/ }).waitFor()
    })
  })

  describe('with hostile names', () => {
    const PLACES_HOSTILE = [
      '/0/overview',
      '/0/classes',
      '/0/holders',
      '/0/holders?as=icicle',
      '/0/dominators?as=treemap',
      '/0/dominators',
      '/0/strings',
      '/0/search?q=hacked',
      '/0/object/5',
      '/0/object/3',
      ...HOSTILE.slice(0, 10).map(
        (name) =>
          `/0/class/${encodeURIComponent(name.toWellFormed?.() ?? name.replace(/[\ud800-\udfff]/g, ''))}`
      )
    ]
    it('draws all and runs nothing', async (t) => {
      const page = await open(t, '/0/overview', { snapshots: [hostile] })
      for (const place of PLACES_HOSTILE) {
        await page.goto(new URL(place, page.url()).href)
        await settled(page)
        const found = await page.evaluate(() => ({
          hacked: globalThis.hacked,
          foreign: document.querySelectorAll(
            'img, iframe, object, main script, main style, a[href^="javascript"]'
          ).length,
          control: /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u.test(document.body.textContent),
          longest: Math.max(
            ...[...document.querySelectorAll('.rows [role=row]')].map(
              (it) => it.textContent.length
            ),
            0
          ),
          over: document.documentElement.scrollWidth - innerWidth
        }))
        assert.equal(found.hacked, undefined, place)
        assert.equal(found.foreign, 0, place)
        assert.equal(found.control, false, place)
        assert.ok(found.longest < 2000, `${place}: a row of ${found.longest} characters`)
        assert.equal(found.over, 0, place)
      }
    })

    it('shows a long name whole on demand', async (t) => {
      const heap = await openHeap(hostile)
      // Its size says which one it is.
      const { rows } = await heap.find(`self=${100 + HOSTILE.length - 1}`, { list: 'objects' })
      await heap.close()
      const page = await open(t, `/0/object/${rows[0].id}`, { snapshots: [hostile] })
      const button = page.getByRole('button', { name: 'Show the whole name' })
      await button.click()
      await page.getByRole('button', { name: 'Show less' }).waitFor()
      assert.ok((await page.locator('h1 .whole').textContent()).length > 10_000)
    })

    it('copies them as what they are: names', async (t) => {
      const page = await open(t, '/0/classes?filter=example.com', {
        snapshots: [hostile],
        permissions: ['clipboard-read', 'clipboard-write']
      })
      await row(page, /example\.com/).waitFor()
      await page.getByRole('button', { name: 'Copy as Markdown' }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      const text = await page.evaluate(() => navigator.clipboard.readText())
      assert.match(text, /\| `` \\\| `code` \\\| \[link\]\(https:\/\/example\.com\) @someone `` \|/)
    })
  })

  it('counts classes before retained sizes are known', async (t) => {
    const page = await open(t, '/0/classes', { snapshots: [wide] })
    // Whichever comes first; both end with all figures.
    await row(page, /^Item/).waitFor()
    assert.match(await row(page, /^Item/).textContent(), /1,250,000/)
    await row(page, /^Item .*MB .*%/).waitFor()
    await page.locator('.stage').waitFor({ state: 'detached' })
  })
})
