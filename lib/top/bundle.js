'use strict'

/** The libraries of `seep top`, which `npm run build` bundles. */

const path = require('node:path')
const { requireBundled } = require('../bundled')

const FOLDER = path.join(__dirname, 'bundle')

let loaded = null

/** @returns {typeof import('./libraries/entry.mjs')} */
function libraries() {
  loaded ??= requireBundled(path.join(FOLDER, 'libraries.js'), 'seep top')
  return loaded
}

module.exports = { FOLDER, libraries }
