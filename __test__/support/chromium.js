'use strict'

/** A Chromium that is on this machine, for tests of pages; none is downloaded. */

const fs = require('node:fs')
const path = require('node:path')
const { chromium } = require('playwright-core')
const { lacking } = require('./lacking')

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const MAC = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** Looks at nothing but what it is shown. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** @returns {string | null} */
function findChromium() {
  const given = process.env.CHROMIUM_PATH
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)
  const found = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
  const candidates = given ? [given] : [...found, MAC]
  return candidates.find((file) => fs.existsSync(file)) ?? null
}

/** Why tests with a browser are skipped here, or false. */
function noChromium() {
  return lacking(findChromium() === null && 'no Chromium on the PATH or at CHROMIUM_PATH')
}

function launch() {
  return chromium.launch({ executablePath: findChromium(), args: FLAGS })
}

module.exports = { launch, noChromium }
