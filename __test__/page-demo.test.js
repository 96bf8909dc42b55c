'use strict'

/** The page of the demo's app while it leaks under load, in a real browser. */

const assert = require('node:assert/strict')
const { once } = require('node:events')
const { describe, it } = require('node:test')
const autocannon = require('autocannon')
const { App } = require('../lib/demo/app')
const { launch, noChromium } = require('./support/chromium')

/** A busy machine takes its time for four rounds. */
const PATIENCE_MS = 150_000

describe('the page of an app that leaks', { skip: noChromium() }, () => {
  it('goes from "no check yet" to the leak while it is looked at', async (t) => {
    const app = new App('examples/express/leaky.js')
    t.after(() => app.stop())
    const [url] = await once(app, 'url')
    const browser = await launch()
    t.after(() => browser.close())
    const page = await browser.newPage()
    const errors = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(`${url}/_seep`)
    const load = autocannon({ url, connections: 4, overallRate: 100, duration: PATIENCE_MS / 1000 })
    t.after(() => load.stop())

    await page
      .getByRole('heading', { name: 'One leak is confirmed' })
      .waitFor({ timeout: PATIENCE_MS })
    const card = page.locator('.leak').first()
    await card.locator('.uplot').nth(1).waitFor()
    assert.match(
      await card.locator('h3').textContent(),
      /^IncomingMessage accumulates in Map requests \(express\/leaky\.js\)/
    )
    const suspect = card.locator('.suspect')
    assert.match(
      await suspect.textContent(),
      /\[…\].*IncomingMessage.*node:_http_incoming.*Suspect/
    )
    const { check, rounds } = await (await fetch(`${url}/_seep/report.json`)).json()
    const [leak] = check.leaks
    assert.ok(leak.growth.counts.length >= 4)
    assert.ok(check.classes.some(({ className }) => className === 'IncomingMessage'))
    assert.ok(rounds.filter(({ kind }) => kind === 'check').length >= 4)
    assert.deepEqual(errors, [])
  })
})
