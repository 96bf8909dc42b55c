'use strict'

/**
 * Shows a leaking app under load until seep reports the leak, and then the same app,
 * fixed, until seep finds it healthy. `seep demo` uses only files of the package;
 * `npm run demo` uses Express and a load generator.
 */

const { watchApp } = require('./run')
const { Screen } = require('./screen')

/**
 * @param {{ folder: string, putLoad: typeof import('./load').putLoad, loader: string }} how `folder` contains leaky.js and
 *   fixed.js; `loader` is the name of the load generator
 * @returns {Promise<boolean>} whether both had the expected verdict
 */
async function showDemo({ folder, putLoad, loader }) {
  const screen = new Screen(process.stdout)
  screen.title('seep demo', `Node ${process.versions.node}, ${process.platform} ${process.arch}`)
  screen.note(
    'Two apps, each checked every few seconds until there is a verdict. Takes about a minute.'
  )

  const watch = (name, expected) => {
    return watchApp({ file: `${folder}/${name}`, putLoad, loader }, expected, screen)
  }
  const failure = (problem) => {
    screen.failure(problem)
    return false
  }

  screen.chapter(1, 'A leaking app', `${folder}/leaky.js`, [
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
    "One additional line: res.on('close', () => requests.delete(req.id))"
  ])
  const fixed = await watch('fixed.js', 'healthy')
  if (fixed.check === null) return failure(fixed.problem)
  screen.healthy(fixed.check)
  return true
}

module.exports = { showDemo }
