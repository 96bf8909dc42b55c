'use strict'

/**
 * `node scripts/screenshot.js [FILE]`: creates docs/images/page.png, the page of the demo's
 * app while it leaks, with a Chromium that is installed on this machine.
 */

const { once } = require('node:events')
const path = require('node:path')
const autocannon = require('autocannon')
const { launch } = require('../__test__/support/chromium')
const { App } = require('../lib/demo/app')
const { ROOT } = require('./rust')

const PATIENCE_MS = 150_000
/** Includes the advice, but not the part below it, which has paths of this machine. */
const SIZE = { width: 1200, height: 1490 }

async function main(file = path.join(ROOT, 'docs', 'images', 'page.png')) {
  const app = new App('examples/express/leaky.js')
  const ready = once(app, 'url')
  const browser = await launch()
  let load = null
  try {
    const [url] = await ready
    load = autocannon({ url, connections: 4, overallRate: 100, duration: PATIENCE_MS / 1000 })
    const page = await browser.newPage({ viewport: SIZE, reducedMotion: 'reduce' })
    await page.goto(`${url}/_seep`)
    const leak = page.locator('.leak[data-tone="bad"] .readout').first()
    await leak.waitFor({ timeout: PATIENCE_MS })
    await page.screenshot({ path: file })
  } finally {
    load?.stop()
    await browser.close()
    await app.stop()
  }
}

main(process.argv[2]).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
