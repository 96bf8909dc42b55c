'use strict'

/** Seep's own scripts: what they hold is seep's, not the program's. */

const path = require('node:path')

/** The scripts outside of lib/ that a program loads. */
const ENTRIES = ['index', 'register', 'express', 'prometheus', 'opentelemetry']

const NAMES = [`lib${path.sep}`, ...ENTRIES.map((name) => `${name}.js`)]

/** Parts of their paths, where this seep lies. */
function ownScripts() {
  const root = path.join(__dirname, '..', path.sep)
  return NAMES.map((name) => root + name)
}

/** The same for snapshots that may be from elsewhere: there, wherever npm puts packages. */
function ownScriptsAnywhere() {
  const { name: seep } = require('../package.json')
  const installed = ['/', '\\'].flatMap((slash) => [
    `${slash}node_modules${slash}${seep}${slash}lib${slash}`,
    ...ENTRIES.map((name) => `${slash}node_modules${slash}${seep}${slash}${name}.js`)
  ])
  return [...ownScripts(), ...installed]
}

module.exports = { ownScripts, ownScriptsAnywhere }
