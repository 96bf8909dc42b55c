'use strict'

/** Paths of seep's own scripts. Objects that they hold do not count as the program's. */

const path = require('node:path')

/** Scripts outside lib/ that a program loads. */
const ENTRIES = ['index', 'register', 'express', 'prometheus', 'opentelemetry']

const NAMES = [`lib${path.sep}`, ...ENTRIES.map((name) => `${name}.js`)]

/** Returns path prefixes of this installation. */
function ownScripts() {
  const root = path.join(__dirname, '..', path.sep)
  return NAMES.map((name) => root + name)
}

/** Also returns parts of paths in node_modules, for snapshots from other machines. */
function ownScriptsAnywhere() {
  const { name: seep } = require('../package.json')
  const installed = ['/', '\\'].flatMap((slash) => [
    `${slash}node_modules${slash}${seep}${slash}lib${slash}`,
    ...ENTRIES.map((name) => `${slash}node_modules${slash}${seep}${slash}${name}.js`)
  ])
  return [...ownScripts(), ...installed]
}

module.exports = { ownScripts, ownScriptsAnywhere }
