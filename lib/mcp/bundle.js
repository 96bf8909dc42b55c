'use strict'

/** The SDK of the protocol, which `npm run build` bundles. */

const path = require('node:path')
const { requireBundled } = require('../bundled')

const FOLDER = path.join(__dirname, 'bundle')

function readSdk() {
  return requireBundled(path.join(FOLDER, 'sdk.js'), 'seep mcp')
}

module.exports = { FOLDER, readSdk }
