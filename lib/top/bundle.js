'use strict'

/** The libraries of `seep top`, which `npm run build` bundles (scripts/bundle.js). */

const fs = require('node:fs')
const path = require('node:path')
const { withCode } = require('../errors')

const FOLDER = path.join(__dirname, 'bundle')

let loaded = null

/** @returns {typeof import('./libraries/entry.mjs')} */
function libraries() {
  loaded ??= load()
  return loaded
}

function load() {
  const file = path.join(FOLDER, 'libraries.js')
  if (fs.existsSync(file)) return require(file)
  throw withCode(
    new Error('seep top is not built in this checkout. Build it with: npm run build:page'),
    'NO_BUNDLE'
  )
}

module.exports = { FOLDER, libraries }
