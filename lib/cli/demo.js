'use strict'

/** `seep demo`: an app that leaks, found; the same app mended, left alone. */

const { parseArgs } = require('node:util')
const { putLoad } = require('../demo/load')
const { showDemo } = require('../demo/show')

const FAILURE = 1

async function main(args) {
  parseArgs({ args, options: {} })
  if (!(await showDemo({ folder: 'examples/http', putLoad, loader: '' })))
    process.exitCode = FAILURE
}

module.exports = { main }
