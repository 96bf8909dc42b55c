'use strict'

/** Takes heap snapshots of pages, as `HeapProfiler.takeHeapSnapshot` of Chrome's protocol writes them. */

const fs = require('node:fs')
const http = require('node:http')

/**
 * Opens `html` in `browser` and writes a snapshot after each of `steps`, which are evaluated in the page.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} html
 * @param {{ evaluate: string, file: string }[]} steps
 * @returns {Promise<string>} the page's address
 */
async function snapshotsOf(browser, html, steps) {
  const server = http.createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(html)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${server.address().port}`
  const page = await browser.newPage()
  try {
    await page.goto(address)
    const session = await page.context().newCDPSession(page)
    await session.send('HeapProfiler.enable')
    for (const { evaluate, file } of steps) {
      await page.evaluate(evaluate)
      await session.send('HeapProfiler.collectGarbage')
      const out = fs.openSync(file, 'w')
      const write = ({ chunk }) => fs.writeSync(out, chunk)
      session.on('HeapProfiler.addHeapSnapshotChunk', write)
      await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
      session.off('HeapProfiler.addHeapSnapshotChunk', write)
      fs.closeSync(out)
    }
  } finally {
    await page.close()
    await new Promise((resolve) => server.close(resolve))
  }
  return address
}

module.exports = { snapshotsOf }
