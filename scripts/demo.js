'use strict'

/**
 * `npm run demo`: runs the demo with an Express app and a load generator.
 *
 * Exits with 0 only if both runs have the expected verdict.
 */

const { prepare } = require('./prepare')

function putLoad({ url, rate, connections, seconds, onResponse }) {
  const autocannon = require('autocannon')
  const load = autocannon({ url, overallRate: rate, connections, duration: seconds })
  load.on('response', onResponse)
  return () => load.stop()
}

async function main() {
  prepare(['autocannon', 'express'])
  const { showDemo } = require('../lib/demo/show')
  const worked = await showDemo({ folder: 'examples/express', putLoad, loader: ' (autocannon)' })
  if (!worked) process.exitCode = 1
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
