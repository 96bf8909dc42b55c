'use strict'

/** The explorer's treemap, icicle and sparkline: where cells are, and what a browser makes of them. */

const assert = require('node:assert/strict')
const { readFileSync } = require('node:fs')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { pathToFileURL } = require('node:url')
const { CHARTS, chartDocument, treeRows } = require('./support/charts')
const { launch, noChromium } = require('./support/chromium')

const load = (name) => import(pathToFileURL(path.join(CHARTS, name)))

const row = (bytes, rest = {}) => ({
  parent: null,
  depth: 0,
  label: `item${bytes}`,
  className: 'Item',
  id: 1,
  key: null,
  classId: null,
  bytes,
  selfBytes: 0,
  count: 1,
  others: 0,
  place: null,
  ...rest
})

const SHAPES = {
  'a heap': treeRows(800),
  'a big heap': treeRows(5000, 3),
  'equal cells': { rows: Array.from({ length: 5000 }, () => row(100)), totalBytes: 500_000 },
  'a chain': {
    rows: Array.from({ length: 300 }, (_, i) => row(1000 - i, { parent: i === 0 ? null : i - 1 })),
    totalBytes: 1000
  },
  'bytes that do not add up': {
    rows: [row(10), row(70, { parent: 0 }), row(50, { parent: 0 }), row(0), row(Number.NaN)],
    totalBytes: 5
  }
}
const SIZES = [
  [358, 300],
  [1968, 740]
]

const width = ({ x0, x1 }) => x1 - x0
const area = (cell) => width(cell) * (cell.y1 - cell.y0)

/** Returns the cells of each parent, by its node. */
function byParent(cells) {
  const groups = new Map()
  for (const cell of cells) {
    const group = groups.get(cell.node.parent) ?? []
    group.push(cell)
    groups.set(cell.node.parent, group)
  }
  return groups
}

/** Fails if two of the cells overlap. */
function assertApart(cells) {
  const sorted = cells.toSorted((a, b) => a.x0 - b.x0)
  let open = []
  for (const cell of sorted) {
    open = open.filter((it) => it.x1 > cell.x0 + 1e-6)
    const over = open.find((it) => it.y0 < cell.y1 - 1e-6 && it.y1 > cell.y0 + 1e-6)
    assert.equal(over, undefined, `${cell.node.row.label} covers a sibling`)
    open.push(cell)
  }
}

/** Fails if siblings have sizes that are not in proportion to their bytes. */
function assertProportional(cells, sizeOf) {
  for (const group of byParent(cells).values()) {
    const ratios = group.map((cell) => sizeOf(cell) / cell.node.value)
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)]
    assert.ok(most - least <= 1e-6 * most, `${least} and ${most} pixels a byte`)
  }
}

describe('treemap layout', () => {
  for (const [name, { rows, totalBytes }] of Object.entries(SHAPES)) {
    for (const [wide, high] of SIZES) {
      it(`of ${name}, ${wide} wide: in proportion, apart, and inside the parent`, async () => {
        const [{ treeOf }, { treemapLayout }] = [
          await load('tree.mjs'),
          await load('treemap-layout.mjs')
        ]
        const root = treeOf(rows, totalBytes)
        const cells = treemapLayout(root, wide, high)
        const cellOf = new Map(cells.map((cell) => [cell.node, cell]))
        const whole = { x0: 0, y0: 0, x1: wide, y1: high, labelHeight: 0 }
        assert.ok(cells.length > 0)
        assertProportional(cells, area)
        for (const [parent, group] of byParent(cells)) {
          assertApart(group)
          const outer = cellOf.get(parent) ?? whole
          for (const cell of group) {
            assert.ok(cell.x0 >= outer.x0 && cell.x1 <= outer.x1, 'beside its parent')
            assert.ok(cell.y0 >= outer.y0 + (parent.row ? outer.labelHeight : 0), 'on a label')
            assert.ok(cell.y1 <= outer.y1, 'below its parent')
          }
        }
      })
    }
  }

  it('leaves room for what a parent has itself', async () => {
    const [{ treeOf }, { treemapLayout }] = [
      await load('tree.mjs'),
      await load('treemap-layout.mjs')
    ]
    const cells = treemapLayout(treeOf([row(300), row(100)], 800), 400, 200)
    assert.deepEqual(
      cells.map((cell) => Math.round(area(cell))),
      [30_000, 10_000]
    )
  })

  it('has nothing to draw without rows, room or bytes', async () => {
    const [{ treeOf }, { treemapLayout }] = [
      await load('tree.mjs'),
      await load('treemap-layout.mjs')
    ]
    assert.deepEqual(treemapLayout(treeOf([], 100), 400, 200), [])
    assert.deepEqual(treemapLayout(treeOf([row(5)], 5), 0, 0), [])
    assert.deepEqual(treemapLayout(treeOf([row(0)], 0), 400, 200), [])
  })
})

describe('icicle layout', () => {
  for (const [name, { rows, totalBytes }] of Object.entries(SHAPES)) {
    for (const [wide] of SIZES) {
      it(`of ${name}, ${wide} wide: in proportion, apart, and below the parent`, async () => {
        const [{ treeOf }, layout] = [await load('tree.mjs'), await load('icicle-layout.mjs')]
        const cells = layout.icicleLayout(treeOf(rows, totalBytes), wide)
        const cellOf = new Map(cells.map((cell) => [cell.node, cell]))
        assert.ok(cells.length > 0)
        assertProportional(cells, width)
        for (const [parent, group] of byParent(cells)) {
          assertApart(group)
          const outer = cellOf.get(parent) ?? { x0: 0, x1: wide, y1: 0 }
          for (const cell of group) {
            assert.ok(cell.x0 >= outer.x0 && cell.x1 <= outer.x1, 'beside its parent')
            assert.equal(cell.y0, outer.y1)
            assert.ok(cell.y1 <= layout.icicleHeight(cells))
          }
        }
      })
    }
  }

  it('shows cells that are too narrow as one', async () => {
    const [{ treeOf }, { icicleLayout }] = [await load('tree.mjs'), await load('icicle-layout.mjs')]
    const small = Array.from({ length: 1000 }, () => row(1))
    const cells = icicleLayout(
      treeOf(
        [row(9000), ...small, row(1, { classId: 3, count: 9 }), row(499, { others: 40 })],
        10_500
      ),
      1050
    )
    const shown = cells.map(({ node, x0, x1 }) => [node.row.others, Math.round(x1 - x0)])
    assert.deepEqual(shown, [
      [0, 900],
      [1049, 150]
    ])
  })
})

describe('cells', () => {
  it('have colours on which text can be read, the same for a name everywhere', async () => {
    const { THEMES, fillOf } = await load('palette.mjs')
    for (const { ink, fills, rest } of Object.values(THEMES)) {
      for (const fill of [...fills, rest[0]])
        assert.ok(contrast(ink, fill) >= 4.5, `${ink} on ${fill}`)
    }
    const names = Array.from({ length: 1000 }, (_, i) => `Class${i}`)
    const used = new Set(names.map(fillOf))
    assert.equal(used.size, THEMES.light.fills.length)
    assert.equal(fillOf('Session'), fillOf('Session'))
  })

  it('have labels as long as their room', async () => {
    const { TextFit } = await load('text-fit.mjs')
    const text = new TextFit((it) => 10 * it.length)
    assert.equal(text.fit('sessions', 80), 'sessions')
    assert.equal(text.fit('sessions', 79), 'sessio…')
    assert.equal(text.fit('sessions', 30), 'se…')
    assert.equal(text.fit('sessions', 25), '', 'one letter says nothing')
    assert.equal(text.fit('🙂🙂🙂🙂', 70), '🙂🙂🙂…', 'cuts no character')
  })

  it('name what a heap names, whatever is in it', async () => {
    const { nameOf, shareOf, spokenOf } = await load('label.mjs')
    assert.equal(nameOf(row(1, { label: 'a\u202eb\u0000\n' })), 'a\\u202eb\\u0000\\n')
    assert.equal(nameOf(row(1, { label: 'x'.repeat(1e6) })), `${'x'.repeat(200)}…`)
    assert.equal(nameOf(row(1, { others: 12_345 })), '12,345 others')
    assert.equal(nameOf(row(1, { classId: 0, count: 1200, label: 'Session' })), '1,200 × Session')
    assert.deepEqual(
      [0, 1, 400, 10_000].map((it) => shareOf(it, 10_000)),
      ['0 %', '< 0.1 %', '4 %', '100 %']
    )
    const place = { label: 'src/cart.js:12:3' }
    assert.equal(
      spokenOf(row(2000, { count: 3, selfBytes: 64, place }), 8000),
      'item2000, Size 2.0 kB (25 %), Own size 64 B, Objects 3, Class Item, Place src/cart.js:12:3'
    )
  })
})

describe('the charts in a browser', { skip: noChromium() }, () => {
  let browser
  before(async () => {
    browser = await launch()
  })
  after(() => browser?.close())

  async function open(t, name, props, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
    t.after(() => context.close())
    const page = await context.newPage()
    const complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => complaints.push(message.text()))
    t.after(() => assert.deepEqual(complaints, []))
    await page.setContent(await chartDocument(name, { label: 'Dominators', ...props }))
    return page
  }

  /** Two cells, the second with two in it, and a rest. */
  const small = {
    rows: [
      row(500, { label: 'cache' }),
      row(400, { label: 'sessions', className: 'Map' }),
      row(250, { label: 'first', parent: 1, depth: 1 }),
      row(150, { label: 'second', parent: 1, depth: 1 }),
      row(100, { label: '', others: 7 })
    ],
    totalBytes: 1000
  }
  const noted = (page) => page.evaluate('noted')
  const active = (page) =>
    page.evaluate(() => {
      const id = document.querySelector('[role=tree]').getAttribute('aria-activedescendant')
      return document.getElementById(id).getAttribute('aria-label').split(',')[0]
    })
  const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

  for (const name of ['Treemap', 'Icicle']) {
    describe(name, () => {
      it('says what the pointer is at, and what was clicked', async (t) => {
        const page = await open(t, name, small)
        const box = await page.locator('canvas').boundingBox()
        await page.mouse.move(box.x + 30, box.y + 10)
        await page.mouse.move(box.x + 34, box.y + 12)
        const tip = page.locator('.cells-tip')
        assert.equal(await tip.locator('.cells-tip-name').textContent(), 'cache')
        assert.match(await tip.textContent(), /Size500 B \(50 %\)/)
        await page.mouse.click(box.x + 34, box.y + 12)
        await page.mouse.move(box.x + 34, box.y - 20)
        assert.equal(await tip.count(), 0)
        assert.deepEqual(await noted(page), { picked: ['cache'], hovered: ['cache', null] })
      })

      it('can be walked with the keys', async (t) => {
        const page = await open(t, name, small)
        await page.keyboard.press('Tab')
        assert.equal(await active(page), 'cache')
        const path = [
          'ArrowRight',
          'ArrowDown',
          'ArrowRight',
          'ArrowRight',
          'ArrowUp',
          'End',
          'Home'
        ]
        const seen = []
        for (const key of path) {
          await page.keyboard.press(key)
          seen.push(await active(page))
        }
        const last = ['sessions', '7 others', 'cache']
        assert.deepEqual(seen, ['sessions', 'first', 'second', 'second', ...last])
        const ring = await page.locator('.cells-focus').boundingBox()
        assert.ok(ring.width > 100 && ring.height > 20)
        await page.keyboard.press('Enter')
        assert.deepEqual((await noted(page)).picked, ['cache'])
        await page.keyboard.press('Escape')
        assert.equal(await page.locator('.cells-tip').count(), 0)
      })

      it('begins anew with other rows, and keeps the focus', async (t) => {
        const page = await open(t, name, small)
        await page.keyboard.press('Tab')
        await page.keyboard.press('ArrowRight')
        await page.evaluate((props) => globalThis.draw(props), {
          ...{ rows: [row(9, { label: 'other' })], totalBytes: 9, label: 'Dominators' }
        })
        assert.equal(await active(page), 'other')
        await page.evaluate(() => globalThis.draw({ rows: [], totalBytes: 0, label: 'Dominators' }))
        assert.equal(await page.locator('main').textContent(), 'Nothing to show.')
        await page.evaluate((props) => globalThis.draw(props), { ...small, label: 'Dominators' })
        const drawn = await page.locator('canvas').evaluate((canvas) => canvas.width)
        assert.ok(drawn > 1000, 'drawn again after there was nothing')
      })

      for (const colorScheme of ['light', 'dark']) {
        for (const wide of [390, 2000]) {
          it(`is accessible, as sharp as the screen and not too wide: ${colorScheme}, ${wide}`, async (t) => {
            const viewport = { width: wide, height: 900 }
            const page = await open(t, name, treeRows(5000), {
              ...{ viewport, colorScheme, deviceScaleFactor: 2 }
            })
            await page.keyboard.press('Tab')
            await page.evaluate(axe)
            const { violations } = await page.evaluate(() => globalThis.axe.run('main'))
            assert.deepEqual(
              violations.map(({ id }) => id),
              []
            )
            assert.ok((await page.locator('[role=treeitem]').count()) >= 100)
            const { overflow, canvas, client } = await page.evaluate(() => {
              const it = document.querySelector('canvas')
              const overflow = document.documentElement.scrollWidth - innerWidth
              return { overflow, canvas: it.width, client: it.clientWidth }
            })
            assert.equal(overflow, 0)
            assert.equal(canvas, 2 * client)
            const colours = await coloursOf(page)
            const { THEMES } = await load('palette.mjs')
            const { fills, rest } = THEMES[colorScheme]
            assert.ok(fills.filter((fill) => colours.has(fill)).length >= 4)
            assert.ok(colours.has(rest[0]) && colours.has(rest[1]), 'nothing is hatched')
          })
        }
      }

      it('follows the window and the theme', async (t) => {
        const page = await open(t, name, small, { colorScheme: 'light' })
        const before = await page.locator('canvas').evaluate((canvas) => canvas.clientWidth)
        await page.setViewportSize({ width: 800, height: 900 })
        await page.waitForFunction(
          (was) => document.querySelector('canvas').clientWidth < was,
          before
        )
        const { THEMES } = await load('palette.mjs')
        const isIn = async ({ fills }) => {
          const colours = await coloursOf(page)
          return fills.some((fill) => colours.has(fill))
        }
        assert.deepEqual([await isIn(THEMES.light), await isIn(THEMES.dark)], [true, false])
        await page.emulateMedia({ colorScheme: 'dark' })
        assert.deepEqual([await isIn(THEMES.light), await isIn(THEMES.dark)], [false, true])
      })
    })
  }

  it('draws a sparkline of what is known', async (t) => {
    const page = await open(t, 'Sparkline', { values: [10, null, 20, 40], label: 'Growth' })
    const points = await page.locator('polyline').getAttribute('points')
    assert.equal(points, '2.5,12.3 41.8,9.0 61.5,2.5')
    const draw = (values) =>
      page.evaluate((it) => globalThis.draw({ values: it, label: 'Growth' }), values)
    await draw([0, 0])
    assert.equal(await page.locator('circle').getAttribute('cy'), '15.5')
    await draw([null])
    assert.equal(await page.locator('circle, polyline').count(), 0)
    assert.equal(await page.getByRole('img', { name: 'Growth' }).count(), 1)
  })
})

/** Returns the colours that the canvas shows, as `#rrggbb`. */
async function coloursOf(page) {
  const found = await page.evaluate(async () => {
    // What has changed is drawn in the next frame or the one after.
    for (let i = 0; i < 3; i++) await new Promise(requestAnimationFrame)
    const canvas = document.querySelector('canvas')
    const copy = new OffscreenCanvas(canvas.width, canvas.height)
    const context = copy.getContext('2d', { willReadFrequently: true })
    context.drawImage(canvas, 0, 0)
    const { data } = context.getImageData(0, 0, copy.width, copy.height)
    return [...new Set(new Uint32Array(data.buffer))]
  })
  const hex = (pixel, shift) => ((pixel >>> shift) & 0xff).toString(16).padStart(2, '0')
  return new Set(found.map((pixel) => `#${hex(pixel, 0)}${hex(pixel, 8)}${hex(pixel, 16)}`))
}

/** Contrast of two colours, as WCAG defines it. */
function contrast(...colours) {
  const [light, dark] = colours.map(luminance).sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour) {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
  const linear = parts.map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}
