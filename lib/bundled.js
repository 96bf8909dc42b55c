'use strict'

/** What `npm run build` bundles (scripts/bundle.js): the package has it, a checkout not always. */

const fs = require('node:fs')
const { withCode } = require('./errors')

function notBundled(what) {
  const message = `${what} is not built in this checkout. Build it with: npm run build:page`
  return withCode(new Error(message), 'NO_BUNDLE')
}

/**
 * Loads a bundled module.
 *
 * @param {string} file
 * @param {string} what needs it
 */
function requireBundled(file, what) {
  if (!fs.existsSync(file)) throw notBundled(what)
  return require(file)
}

module.exports = { notBundled, requireBundled }
