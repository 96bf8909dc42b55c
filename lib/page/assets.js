'use strict'

/**
 * The inline styles and scripts of every page, with their hashes.
 *
 * The views are the same files in the process and in the browser. For the browser,
 * each is wrapped in a function and found by its path.
 */

const { createHash } = require('node:crypto')
const { readFile } = require('node:fs/promises')
const path = require('node:path')
const { trusted } = require('./view/html')

const STYLES = [
  'vendor/uplot/uPlot.min.css',
  'client/tokens.css',
  'client/shared.css',
  'client/page.css'
]
const LIBRARIES = ['vendor/uplot/uPlot.iife.min.js']
const MODULES = [
  '../describe.js',
  'view/html.js',
  'view/format.js',
  'view/verdict.js',
  'view/stacks.js',
  'view/leak.js',
  'view/markdown.js',
  'view/rounds.js',
  'view/page.js',
  'client/charts.js',
  'client/copy.js',
  'client/live.js',
  'client/main.js'
]

/**
 * Loads the assets. They are not cached, because the cache would look like growth after
 * the first visit, and visits are rare.
 *
 * @returns {Promise<{ styles: Html[], scripts: Html[], policyOf: (isLive: boolean) => string }>}
 */
async function assets() {
  const read = (name) => readFile(path.join(__dirname, name), 'utf8')
  const styles = await Promise.all(STYLES.map(read))
  const libraries = await Promise.all(LIBRARIES.map(read))
  const modules = await Promise.all(MODULES.map(async (name) => [name, await read(name)]))
  const scripts = [...libraries, bundle(modules)]
  for (const text of [...styles, ...scripts]) {
    // An asset must not contain anything that would end its element.
    if (/<\/(script|style)|<!--/i.test(text)) throw new Error('an asset would end its element')
  }
  return {
    styles: styles.map(trusted),
    scripts: scripts.map(trusted),
    policyOf: (isLive) => policy(styles, scripts, isLive)
  }
}

/** Bundles a few files with a minimal require(). Names are paths relative to this folder. */
function bundle(modules) {
  const files = modules.map(([name, text]) => {
    const base = path.posix.dirname(name)
    // Resolved here, so that the browser does not have to resolve paths.
    const resolved = text.replace(/\brequire\('(\.{1,2}\/[^']+)'\)/g, (_, to) => {
      return `require('${path.posix.normalize(path.posix.join(base, `${to}.js`))}')`
    })
    return `modules['${name}'] = (module, exports, require) => {\n${resolved}\n}`
  })
  return `(() => {
'use strict'
const modules = {}
const loaded = {}
function require(name) {
  if (!loaded[name]) {
    const module = (loaded[name] = { exports: {} })
    modules[name](module, module.exports, require)
  }
  return loaded[name].exports
}
${files.join('\n')}
require('client/main.js')
})()`
}

function policy(styles, scripts, isLive) {
  const hashes = (texts) => texts.map((text) => `'sha256-${sha256(text)}'`).join(' ')
  return [
    "default-src 'none'",
    `script-src ${hashes(scripts)}`,
    `style-src ${hashes(styles)}`,
    'img-src data:',
    `connect-src ${isLive ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'"
  ].join('; ')
}

function sha256(text) {
  return createHash('sha256').update(text).digest('base64')
}

module.exports = { assets }
