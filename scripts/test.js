'use strict'

/**
 * `npm test`: installs and compiles what is missing, then runs the JavaScript tests.
 * Arguments are passed to `node --test`; with a file among them, only that file runs.
 */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { prepare } = require('./prepare')
const { ROOT } = require('./rust')

prepare()

const given = process.argv.slice(2)
const all = fs
  .readdirSync(path.join(ROOT, '__test__'))
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => path.join('__test__', name))
const files = given.some((argument) => argument.endsWith('.js')) ? [] : all

const { status } = spawnSync(process.execPath, ['--test', ...given, ...files], {
  cwd: ROOT,
  stdio: 'inherit'
})
process.exitCode = status ?? 1
