'use strict'

/** `seep demo`: shows a leaking app, and then the same app, fixed. */

const { parseArgs } = require('node:util')
const { putLoad } = require('../demo/load')
const { showDemo } = require('../demo/show')
const { FAILURE } = require('./exit-codes')

/** There are none. */
const OPTIONS = {}

async function main(args) {
  parseArgs({ args, options: OPTIONS })
  const worked = await showDemo({ folder: 'examples/http', putLoad, loader: '' })
  if (!worked) process.exitCode = FAILURE
}

module.exports = { OPTIONS, main }
