'use strict'

/**
 * `seep/express`: the status page as a request handler. Documented in
 * express.d.ts and docs/page.md.
 */

const { invalidType, invalidValue } = require('./lib/errors')
const { checkNames } = require('./lib/options')
const { PageHandler } = require('./lib/page/handler')
const { historyOf } = require('./lib/page/source')

const DEFAULTS = Object.freeze({ name: null, allowCheck: true, mountPath: '' })

const TYPES = {
  name: { expected: 'a string', accepts: (value) => typeof value === 'string' },
  allowCheck: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  mountPath: { expected: "a path such as '/_seep'", accepts: (value) => typeof value === 'string' }
}

function resolve(given) {
  checkNames(given, Object.keys(TYPES))
  const options = { ...DEFAULTS }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const { expected, accepts } = TYPES[name]
    if (!accepts(value)) throw invalidType(`The option "${name}"`, expected, value)
    options[name] = value
  }
  const { mountPath } = options
  if (mountPath !== '' && !/^\/[^?#]*[^/?#]$/.test(mountPath)) {
    throw invalidValue('The option "mountPath"', TYPES.mountPath.expected, mountPath)
  }
  return options
}

/** A handler for `app.use('/_seep', guard, seepPage(detector))`. */
function seepPage(detector, options = {}) {
  const isObject = detector !== null && typeof detector === 'object'
  const history = isObject ? historyOf(detector) : undefined
  if (history === undefined) throw invalidType('The detector', 'a LeakDetector', detector)
  const handler = new PageHandler(detector, history, resolve(options))
  return (req, res, next) => handler.handle(req, res, next)
}

module.exports = { seepPage }
