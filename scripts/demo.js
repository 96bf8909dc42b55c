'use strict'

/**
 * `npm run demo`: a real Express app that leaks, under real load, until seep
 * says so; then the same app mended, until seep calls it healthy.
 *
 * Exit code 0 only if both runs end like that.
 */

const { prepare } = require('./prepare')

async function main() {
  prepare()
  const { Screen } = require('./demo/screen')
  const { watchApp } = require('./demo/run')
  const screen = new Screen(process.stdout)
  screen.title('seep demo', `Node ${process.versions.node}, ${process.platform} ${process.arch}`)

  screen.chapter(1, 'An app that leaks', 'examples/express/leaky.js', [
    'A module-level Map keeps every request. Nothing ever deletes one.'
  ])
  const leaky = await watchApp('examples/express/leaky.js', 'leak', screen)
  if (leaky.leak === null) return screen.failure(leaky.problem)
  screen.leak(leaky.leak)
  const { className } = leaky.leak.items
  const { name } = leaky.leak.container
  if (className !== 'IncomingMessage' || name !== 'requests') {
    return screen.failure(`expected IncomingMessage in "requests", not ${className} in "${name}"`)
  }

  screen.chapter(2, 'The same app, mended', 'examples/express/fixed.js', [
    "One line more: res.on('close', () => requests.delete(req.id))"
  ])
  const fixed = await watchApp('examples/express/fixed.js', 'healthy', screen)
  if (fixed.check === null) return screen.failure(fixed.problem)
  screen.healthy(fixed.check)
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
