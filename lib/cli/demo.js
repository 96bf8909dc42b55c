'use strict'

/** `seep demo`: an app that leaks, found; the same app, fixed, left alone. */

const { parseArgs } = require('node:util')
const { putLoad } = require('../demo/load')
const { showDemo } = require('../demo/show')
const { FAILURE } = require('./exit-codes')

/** None. */
const OPTIONS = {}

async function main(args) {
  parseArgs({ args, options: OPTIONS })
  const worked = await showDemo({ folder: 'examples/http', putLoad, loader: '' })
  if (!worked) process.exitCode = FAILURE
}

module.exports = { OPTIONS, main }
