'use strict'

// Logs leaks to the program's own logger: pino, or the console.
//
//   node examples/logging.js pino
//   node examples/logging.js console

const { start } = require('seep')

const logger = process.argv[2] === 'console' ? console : require('pino')()

start({ logger })
require('./lib/leaky-server')
