'use strict'

/** The page's files, which `npm run build` bundles (scripts/bundle.js). */

const fs = require('node:fs')
const path = require('node:path')
const { notBundled } = require('../bundled')

const FOLDER = path.join(__dirname, 'bundle')

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8'
}

/** @returns {Map<string, { type: string, body: Buffer }>} the files by their names */
function readBundle(folder = FOLDER) {
  let names
  try {
    names = fs.readdirSync(folder)
  } catch {
    throw notBundled('the page')
  }
  return new Map(
    names.map((name) => [
      name,
      { type: TYPES[path.extname(name)], body: fs.readFileSync(path.join(folder, name)) }
    ])
  )
}

module.exports = { FOLDER, readBundle }
