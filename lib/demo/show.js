'use strict'

/**
 * The demo: an app that leaks, under load, until seep says so; then the same
 * app, fixed, until seep calls it healthy. `seep demo` shows it with what the
 * package has, `npm run demo` with Express and a load generator.
 */

const { watchApp } = require('./run')
const { Screen } = require('./screen')

/**
 * @param {{ folder: string, putLoad: typeof import('./load').putLoad, loader: string }} how `folder` has leaky.js and
 *   fixed.js, `loader` names what makes the requests
 * @returns {Promise<boolean>} whether both ended as they must
 */
async function showDemo({ folder, putLoad, loader }) {
  const screen = new Screen(process.stdout)
  screen.title('seep demo', `Node ${process.versions.node}, ${process.platform} ${process.arch}`)
  screen.note('Two apps, a check every few seconds until each has a verdict: about a minute.')

  const watch = (name, expected) => {
    return watchApp({ file: `${folder}/${name}`, putLoad, loader }, expected, screen)
  }
  const failure = (problem) => {
    screen.failure(problem)
    return false
  }

  screen.chapter(1, 'An app that leaks', `${folder}/leaky.js`, [
    'A module-level Map keeps every request. Nothing ever deletes one.'
  ])
  const leaky = await watch('leaky.js', 'leak')
  if (leaky.leak === null) return failure(leaky.problem)
  screen.leak(leaky.leak)
  const { className } = leaky.leak.items
  const { name } = leaky.leak.container
  if (className !== 'IncomingMessage' || name !== 'requests') {
    return failure(`expected IncomingMessage in "requests", not ${className} in "${name}"`)
  }

  screen.chapter(2, 'The same app, fixed', `${folder}/fixed.js`, [
    "One line more: res.on('close', () => requests.delete(req.id))"
  ])
  const fixed = await watch('fixed.js', 'healthy')
  if (fixed.check === null) return failure(fixed.problem)
  screen.healthy(fixed.check)
  return true
}

module.exports = { showDemo }
