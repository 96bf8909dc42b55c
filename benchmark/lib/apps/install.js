'use strict'

/**
 * An application in a folder of its own, outside of the repository: its packages at the versions that it pins, and its own files beside
 * them, so that it finds its packages as any program does.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const APPS = path.join(__dirname, '../../apps')

function run(file, args, { cwd, env }) {
  const ended = spawnSync(file, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' })
  if (ended.status === 0) return
  const output = `${ended.stdout}${ended.stderr}`.slice(-2000)
  throw new Error(`${file} ${args.join(' ')} failed in ${cwd}\n${ended.error ?? output}`)
}

/** All of the application that its installation depends on: when that is as it was, nothing is done again. */
function contentOf({ name, packages, build = [] }) {
  const files = fs
    .readdirSync(path.join(APPS, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
  return JSON.stringify({
    packages,
    build,
    files: files.map((file) => fs.readFileSync(file, 'utf8'))
  })
}

const NPM_INSTALL = ['install', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error']

/** The packages as dependencies of a folder. */
function installPackages({ name, packages, overrides }, folder) {
  const manifest = path.join(folder, 'package.json')
  const wanted = JSON.stringify({
    name: `seep-app-${name}`,
    private: true,
    dependencies: packages,
    overrides
  })
  const isThere =
    fs.existsSync(path.join(folder, 'node_modules')) && fs.readFileSync(manifest, 'utf8') === wanted
  if (isThere) return
  fs.writeFileSync(manifest, wanted)
  run('npm', NPM_INSTALL, { cwd: folder })
}

/** @returns {string} the folder of the application */
function install(app, cache) {
  const folder = path.join(cache, app.name)
  const stamp = path.join(folder, 'installed.json')
  const content = contentOf(app)
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === content) return folder
  fs.mkdirSync(folder, { recursive: true })
  installPackages(app, folder)
  fs.cpSync(path.join(APPS, app.name), folder, { recursive: true })
  for (const [file, ...args] of app.build ?? []) {
    run(process.execPath, [path.join(folder, file), ...args], { cwd: folder, env: app.env })
  }
  fs.writeFileSync(stamp, content)
  return folder
}

module.exports = { APPS, install, installPackages }
