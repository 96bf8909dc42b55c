'use strict'

/** The SDK of the protocol, which `npm run build` bundles (scripts/bundle.js). */

const path = require('node:path')
const { withCode } = require('../errors')

const FOLDER = path.join(__dirname, 'bundle')

function readSdk() {
  try {
    return require('./bundle/sdk')
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    const message = 'the SDK is not bundled in this checkout. Bundle it with: npm run build:page'
    throw withCode(new Error(message), 'NO_BUNDLE')
  }
}

module.exports = { FOLDER, readSdk }
