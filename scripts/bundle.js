'use strict'

/**
 * `node scripts/bundle.js`: bundles the heap explorer's page into lib/explorer/bundle, the libraries of `seep top` into
 * lib/top/bundle and the SDK of `seep mcp` into lib/mcp/bundle, which the package contains. Whoever uses the package needs neither
 * esbuild nor the libraries.
 */

const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const esbuild = require('esbuild')
const { FOLDER } = require('../lib/explorer/bundle')
const { FOLDER: MCP_FOLDER } = require('../lib/mcp/bundle')
const { FOLDER: TOP_FOLDER } = require('../lib/top/bundle')
const { ROOT } = require('./rust')

const CLIENT = path.join(ROOT, 'lib', 'explorer', 'client')
const SDK = path.join(ROOT, 'lib', 'mcp', 'sdk')
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

/** What both bundles have in common. */
const BUNDLED = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning'
}

function writeLicences(folder, metafile) {
  fs.writeFileSync(path.join(folder, 'LICENSES.txt'), licences(packagesOf(metafile)))
}

function bundlePage() {
  fs.rmSync(FOLDER, { recursive: true, force: true })
  const { metafile } = esbuild.buildSync({
    ...BUNDLED,
    entryPoints: {
      page: path.join(CLIENT, 'main.jsx'),
      style: path.join(CLIENT, 'style', 'style.css')
    },
    outdir: FOLDER,
    format: 'esm',
    target: ['chrome111', 'firefox114', 'safari16.4'],
    jsx: 'automatic',
    jsxImportSource: 'preact'
  })
  for (const name of STATIC) fs.copyFileSync(path.join(CLIENT, name), path.join(FOLDER, name))
  writeLicences(FOLDER, metafile)
}

function bundleTop() {
  fs.rmSync(TOP_FOLDER, { recursive: true, force: true })
  const { metafile } = esbuild.buildSync({
    ...BUNDLED,
    entryPoints: { libraries: path.join(ROOT, 'lib', 'top', 'libraries', 'entry.mjs') },
    outdir: TOP_FOLDER,
    format: 'cjs',
    platform: 'node',
    target: 'node20'
  })
  writeLicences(TOP_FOLDER, metafile)
}

function bundleSdk() {
  fs.rmSync(MCP_FOLDER, { recursive: true, force: true })
  const { metafile } = esbuild.buildSync({
    ...BUNDLED,
    entryPoints: { sdk: path.join(SDK, 'entry.mjs') },
    outdir: MCP_FOLDER,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    alias: { '@modelcontextprotocol/server/_shims': path.join(SDK, 'shims.mjs') }
  })
  writeLicences(MCP_FOLDER, metafile)
}

function bundle() {
  bundlePage()
  bundleTop()
  bundleSdk()
}

if (require.main === module) {
  bundle()
  for (const folder of [FOLDER, TOP_FOLDER, MCP_FOLDER]) {
    for (const name of fs.readdirSync(folder)) {
      const text = fs.readFileSync(path.join(folder, name))
      const sizes = `${text.length} bytes, ${zlib.gzipSync(text).length} gzipped`
      console.log(`${path.relative(ROOT, path.join(folder, name))}: ${sizes}`)
    }
  }
}

module.exports = { bundle }
