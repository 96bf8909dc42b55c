'use strict'

/** The programs that a verdict is measured on: the project's own, and those of the corpus beside it when there is one. */

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.resolve(__dirname, '../../..')
const CORPUS = path.resolve(ROOT, '../shared/corpus')
/** Not a tracked file: git ignores node_modules. */
const CACHE = path.join(ROOT, 'node_modules/.cache/verdict')

function run(command, folder, env = {}) {
  const { status, stderr } = spawnSync(command, {
    cwd: folder,
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, ...env }
  })
  return status === 0 ? null : stderr.trim().split('\n').slice(-3).join(' ')
}

/** Installs packages into a folder of the cache, once. Answers the folder, or throws what npm said. */
function install(name, packages, flags = '', env = {}) {
  const folder = path.join(CACHE, name)
  const done = path.join(folder, 'installed')
  if (fs.existsSync(done) && fs.readFileSync(done, 'utf8') === packages.join(' ')) return folder
  fs.mkdirSync(folder, { recursive: true })
  if (!fs.existsSync(path.join(folder, 'package.json'))) {
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  }
  const failure = run(
    `npm install --no-audit --no-fund ${flags} ${packages.join(' ')}`,
    folder,
    env
  )
  if (failure !== null) throw new Error(`npm install of ${name} failed: ${failure}`)
  fs.writeFileSync(done, packages.join(' '))
  return folder
}

/** A copy of the corpus with its packages, since the corpus itself is to stay as it is. */
function prepareCorpus(corpus) {
  const copy = path.join(CACHE, 'corpus')
  fs.mkdirSync(copy, { recursive: true })
  for (const part of ['package.json', 'lib', 'leaks', 'healthy']) {
    fs.cpSync(path.join(corpus, part), path.join(copy, part), { recursive: true, force: true })
  }
  const stamp = JSON.stringify(
    JSON.parse(fs.readFileSync(path.join(copy, 'package.json'))).dependencies
  )
  const done = path.join(copy, 'node_modules/.dependencies')
  if (!fs.existsSync(done) || fs.readFileSync(done, 'utf8') !== stamp) {
    const failure = run('npm install --no-audit --no-fund', copy)
    if (failure !== null) throw new Error(`npm install of the corpus failed: ${failure}`)
    fs.writeFileSync(done, stamp)
  }
  return outsidePackages(copy)
}

/** A copy of the programs whose path has no node_modules in it, as an app's has none: what is below one is a package's. */
function outsidePackages(copy) {
  const folder = path.join(os.tmpdir(), `verdict-corpus-${process.getuid?.() ?? 0}`)
  for (const part of ['package.json', 'lib', 'leaks', 'healthy']) {
    fs.cpSync(path.join(copy, part), path.join(folder, part), { recursive: true, force: true })
  }
  const packages = path.join(folder, 'node_modules')
  // It may lead to another checkout, or nowhere.
  fs.rmSync(packages, { force: true })
  fs.symlinkSync(path.join(copy, 'node_modules'), packages)
  return folder
}

/** The folders of programs, and what these are. Those in `services` are healthy, but take longer to fill than rounds of the laboratory. */
const SIDES = { leaks: 'leaks', healthy: 'healthy', services: 'healthy' }

function programsIn(folder, origin) {
  return Object.entries(SIDES).flatMap(([part, side]) => {
    const parent = path.join(folder, part)
    if (!fs.existsSync(parent)) return []
    return fs
      .readdirSync(parent)
      .sort()
      .map((name) => ({ name, side, origin, part, file: path.join(parent, name, 'app.js') }))
      .filter(({ file }) => fs.existsSync(file))
  })
}

function programsFrom(from, corpus) {
  if (!['all', 'corpus', 'own'].includes(from)) {
    const folder = path.resolve(from)
    const found = programsIn(folder, 'folder')
    if (found.length === 0) {
      throw new Error(`no programs in ${folder}: it takes leaks/NAME/app.js or healthy/NAME/app.js`)
    }
    return found
  }
  const programs = []
  if (from !== 'own' && fs.existsSync(corpus))
    programs.push(...programsIn(prepareCorpus(corpus), 'corpus'))
  if (from !== 'corpus') programs.push(...programsIn(path.join(ROOT, 'benchmark/programs'), 'own'))
  return programs
}

/**
 * All programs, or those whose name contains one of `only`. `from` may also be a folder with `leaks` and `healthy` in it,
 * whose programs run where they are and bring the packages that they need. Those that are only right as services are
 * found for these.
 *
 * @param {{ only: string[], from: 'all' | 'corpus' | 'own' | string, corpus?: string, isService?: boolean }} choice
 */
function findPrograms({ only, from, corpus = CORPUS, isService = false }) {
  const programs = programsFrom(from, corpus).filter(({ part }) => isService || part !== 'services')
  if (only.length === 0) return programs
  return programs.filter(({ name, side }) =>
    only.some((part) => name.includes(part) || part === side)
  )
}

module.exports = { CACHE, ROOT, findPrograms, install }
