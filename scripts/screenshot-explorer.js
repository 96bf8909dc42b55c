'use strict'

/**
 * `node scripts/screenshot-explorer.js`: creates the pictures of docs/open.md, from snapshots of a small program, with a
 * Chromium that is installed on this machine.
 */

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { launch } = require('../__test__/support/chromium')
const { Explorer } = require('../lib/explorer/server')
const { ROOT } = require('./rust')

const SIZE = { width: 1200, height: 720 }

/** The pictures, each with what is there once it is complete. */
const PICTURES = {
  'open-overview': ['/3/overview', '.suspect[open] .path-tree'],
  'open-compare': ['/3/compare', '.leaks summary'],
  'open-holders': ['/3/holders?as=icicle', 'canvas']
}

/** Writes snapshots of the program in a folder whose name says nothing of this machine. */
function writeSnapshots(folder) {
  const program = path.join(folder, 'src', 'sessions.js')
  fs.mkdirSync(path.dirname(program))
  fs.copyFileSync(path.join(ROOT, '__test__', 'fixtures', 'sessions.js'), program)
  execFileSync(process.execPath, [program, folder], { cwd: folder })
  return [1, 2, 3, 4].map((n) => path.join(folder, `${n}.heapsnapshot`))
}

async function main() {
  const folder = path.join(os.tmpdir(), 'shop')
  fs.mkdirSync(folder)
  const browser = await launch()
  let explorer = null
  try {
    explorer = new Explorer(writeSnapshots(folder), { contents: false, idleMs: 0, onIdle() {} })
    const url = await explorer.listen(0)
    const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' })
    await page.goto(url)
    for (const [name, [place, last]] of Object.entries(PICTURES)) {
      await page.goto(new URL(place, url).href)
      await page.locator(last).first().waitFor()
      await page.locator('.facts span').first().waitFor()
      await page.waitForFunction(() => document.querySelector('.spinner, [aria-busy]') === null)
      await page.screenshot({ path: path.join(ROOT, 'docs', 'images', `${name}.png`) })
    }
  } finally {
    await browser.close()
    await explorer?.close()
    fs.rmSync(folder, { recursive: true })
  }
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
