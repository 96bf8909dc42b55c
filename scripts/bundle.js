'use strict'

/**
 * `node scripts/bundle.js`: bundles the heap explorer's page into lib/explorer/bundle, and the libraries of `seep top` into
 * lib/top/bundle, which the package contains. Whoever uses the package needs neither esbuild nor the libraries.
 */

const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const esbuild = require('esbuild')
const { FOLDER } = require('../lib/explorer/bundle')
const { FOLDER: TOP_FOLDER } = require('../lib/top/bundle')
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

function bundleTop() {
  fs.rmSync(TOP_FOLDER, { recursive: true, force: true })
  const { metafile } = esbuild.buildSync({
    entryPoints: { libraries: path.join(ROOT, 'lib', 'top', 'libraries', 'entry.mjs') },
    outdir: TOP_FOLDER,
    absWorkingDir: ROOT,
    bundle: true,
    minify: true,
    metafile: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'warning'
  })
  fs.writeFileSync(path.join(TOP_FOLDER, 'LICENSES.txt'), licences(packagesOf(metafile)))
}

if (require.main === module) {
  bundle()
  bundleTop()
  for (const folder of [FOLDER, TOP_FOLDER]) {
    for (const name of fs.readdirSync(folder)) {
      const text = fs.readFileSync(path.join(folder, name))
      const file = path.relative(ROOT, path.join(folder, name))
      console.log(`${file}: ${text.length} bytes, ${zlib.gzipSync(text).length} gzipped`)
    }
  }
}

module.exports = { bundle }
