'use strict'

/**
 * `seep/express`: the status page as a request handler. Documented in
 * express.d.ts and docs/page.md.
 */

const { invalidType } = require('./lib/errors')
const { PAGE_OPTIONS } = require('./lib/integration-options')
const { completeOptions } = require('./lib/options')
const { PageHandler } = require('./lib/page/handler')
const { historyOf } = require('./lib/page/source')

/** Returns a handler for `app.use('/_seep', guard, seepPage(detector))`. */
function seepPage(detector, options = {}) {
  const isObject = detector !== null && typeof detector === 'object'
  const history = isObject ? historyOf(detector) : undefined
  if (history === undefined) throw invalidType('The detector', 'a LeakDetector', detector)
  const handler = new PageHandler(detector, history, completeOptions(PAGE_OPTIONS, options))
  return (req, res, next) => handler.handle(req, res, next)
}

module.exports = { seepPage }
