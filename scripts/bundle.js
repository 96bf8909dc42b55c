'use strict'

/**
 * `node scripts/bundle.js`: bundles the heap explorer's page into lib/explorer/bundle, which the package contains. Whoever
 * uses the package needs neither esbuild nor the libraries.
 */

const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const esbuild = require('esbuild')
const { FOLDER } = require('../lib/explorer/bundle')
const { ROOT } = require('./rust')

const CLIENT = path.join(ROOT, 'lib', 'explorer', 'client')
/** Not bundled, but copied. */
const STATIC = ['index.html', 'icon.svg']

/** Returns the folders of the packages whose code is in the bundle. */
function packagesOf(metafile) {
  const folders = Object.keys(metafile.inputs).flatMap((file) => {
    return /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []
  })
  return [...new Set(folders)].sort().map((folder) => path.resolve(ROOT, folder))
}

/** Returns the licences of bundled packages, which must go with their code. */
function licences(folders) {
  const texts = folders.map((folder) => {
    const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const file = fs.readdirSync(folder).find((it) => /^licen[cs]e/i.test(it))
    return `${name} ${version}\n\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}\n`
  })
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

function bundle() {
  fs.rmSync(FOLDER, { recursive: true, force: true })
  const { metafile } = esbuild.buildSync({
    entryPoints: {
      page: path.join(CLIENT, 'main.jsx'),
      style: path.join(CLIENT, 'style', 'style.css')
    },
    outdir: FOLDER,
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    metafile: true,
    format: 'esm',
    target: ['chrome111', 'firefox114', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'none',
    logLevel: 'warning'
  })
  for (const name of STATIC) fs.copyFileSync(path.join(CLIENT, name), path.join(FOLDER, name))
  fs.writeFileSync(path.join(FOLDER, 'LICENSES.txt'), licences(packagesOf(metafile)))
  return metafile
}

if (require.main === module) {
  bundle()
  for (const name of fs.readdirSync(FOLDER)) {
    const text = fs.readFileSync(path.join(FOLDER, name))
    console.log(`${name}: ${text.length} bytes, ${zlib.gzipSync(text).length} gzipped`)
  }
}

module.exports = { bundle }
