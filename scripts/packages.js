'use strict'

/**
 * `npm run packages [-- NODE ...]`: the packages as they would be published,
 * looked at and installed.
 *
 * 1. Packs the main package and those of the platforms, as `napi` prepares them.
 * 2. `publint` and `attw` look at the main package: its exports and types.
 * 3. Installs it from a registry of its own into an empty folder, with nothing
 *    on the PATH but Node: no Rust. Then a program uses it, as a CommonJS and
 *    as an ES module. Once with the running Node, or with each that is named.
 *
 * The native part must have been built (`npm run build`). What happens without
 * a platform's package, compiling, is the business of `.ci/run packed`.
 */

const { execFile, execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { serve } = require('./packages/registry')
const { ROOT } = require('./rust')

const run = promisify(execFile)

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-packages-'))
const tool = (...names) => path.join(ROOT, 'node_modules', ...names)
const NAPI = tool('@napi-rs', 'cli', 'dist', 'cli.js')

/** npm, as a program for Node: the one that runs this, or the one on the PATH. */
function npmProgram() {
  if (process.env.npm_execpath?.endsWith('npm-cli.js')) return process.env.npm_execpath
  const root = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim()
  return path.join(root, 'npm', 'bin', 'npm-cli.js')
}
const NPM = npmProgram()

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'))
const size = (file) => `${(fs.statSync(file).size / 1000).toFixed(0)} kB`

function step(command, args, options) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    ...options
  })
  if (status === 0) return stdout
  throw new Error(
    `${[command, ...args].join(' ')}: ${error?.message ?? status}\n${stdout}\n${stderr}`
  )
}

/** The path of the tarball of the package in `cwd`. */
function pack(cwd) {
  const args = [NPM, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const packed = JSON.parse(step(process.execPath, args, { cwd }))
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed)
  return path.join(folder, filename)
}

/**
 * The main package as `napi` makes it ready, with an optional dependency on each
 * platform's, and what is to be published in all.
 *
 * Platforms that were not built here get a stand-in, since `napi` publishes all
 * or none. Nothing may ever fetch those.
 */
function prepare() {
  step('tar', ['-xzf', pack(ROOT), '-C', folder])
  const main = path.join(folder, 'package')
  // A clone's own package has the part that was built there; what is published has it apart.
  for (const name of fs.readdirSync(main).filter((name) => name.endsWith('.node'))) {
    fs.rmSync(path.join(main, name))
  }
  const napi = (...args) => step(process.execPath, [NAPI, ...args], { cwd: main })
  napi('create-npm-dirs')
  const platforms = fs.readdirSync(path.join(main, 'npm')).map((name) => {
    const where = path.join(main, 'npm', name)
    const manifest = readJson(path.join(where, 'package.json'))
    const library = path.join(ROOT, manifest.main)
    const isBuilt = fs.existsSync(library)
    if (isBuilt) fs.copyFileSync(library, path.join(where, manifest.main))
    else fs.writeFileSync(path.join(where, manifest.main), 'not built here\n')
    return { where, manifest, isBuilt }
  })
  napi('pre-publish', '--tag-style', 'npm', '--skip-optional-publish', '--no-gh-release')
  const packages = platforms.map(({ where, manifest }) => ({ manifest, tarball: pack(where) }))
  fs.rmSync(path.join(main, 'npm'), { recursive: true })
  const manifest = readJson(path.join(main, 'package.json'))
  const wanted = Object.keys(manifest.optionalDependencies ?? {})
    .sort()
    .join()
  if (
    wanted !==
    platforms
      .map((platform) => platform.manifest.name)
      .sort()
      .join()
  ) {
    throw new Error(`the optional dependencies are ${wanted}`)
  }
  packages.push({ manifest, tarball: pack(main) })
  for (const { manifest } of packages) checkOrigin(manifest)
  const built = platforms.filter(({ isBuilt }) => isBuilt).map((platform) => platform.manifest.name)
  return { packages, built }
}

/** npm refuses a package with provenance that does not name the repository it was built from. */
function checkOrigin({ name, repository, homepage, bugs }) {
  const page = /^git\+(https:\/\/github\.com\/[^/]+\/[^/]+)\.git$/.exec(repository?.url)?.[1]
  if (page === undefined) throw new Error(`${name} has no repository on GitHub`)
  const issues = bugs?.url ?? bugs
  if (!homepage?.startsWith(page) || !issues?.startsWith(page)) {
    throw new Error(`${name}: homepage and bugs are not those of ${page}`)
  }
}

function look(tarball) {
  step(process.execPath, [tool('publint', 'src', 'cli.js'), tarball, '--strict'])
  step(process.execPath, [tool('@arethetypeswrong', 'cli', 'dist', 'index.js'), tarball])
}

const USE = {
  'use.cjs': `
    const { LeakDetector } = require('seep')
    require('seep/prometheus')
    const detector = new LeakDetector({ maxPauseMs: 60000 })
    detector.check().then(async ({ snapshot, skip }) => {
      await detector.stop()
      if (snapshot === null) throw new Error(skip.code + ': ' + skip.message)
      console.log(snapshot.nodes + ' objects')
    })`,
  'use.mjs': `
    import seep, { LeakDetector, start } from 'seep'
    import { instrument } from 'seep/opentelemetry'
    if (seep.start !== start || typeof instrument !== 'function') throw new Error('not the same')
    if (!new LeakDetector().enabled) process.exit(1)`
}

/** Installs from the registry with `node` and nothing else, and uses what came. */
async function install(node, registry) {
  const here = fs.mkdtempSync(path.join(folder, 'user-'))
  const tools = path.join(here, 'tools')
  const project = path.join(here, 'project')
  fs.mkdirSync(tools)
  fs.mkdirSync(project)
  fs.symlinkSync(node, path.join(tools, 'node'))
  // npm starts scripts with a shell; there is nothing else to find.
  fs.symlinkSync('/bin/sh', path.join(tools, 'sh'))
  const env = { PATH: tools, HOME: here, npm_config_cache: path.join(here, 'cache') }
  for (const [name, text] of Object.entries(USE)) fs.writeFileSync(path.join(project, name), text)
  fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }\n')

  const beganAt = performance.now()
  const options = ['--registry', registry.origin, '--no-audit', '--no-fund']
  await run(node, [NPM, 'install', 'seep', ...options], { cwd: project, env })
  const seconds = (performance.now() - beganAt) / 1000

  const used = await run(node, ['use.cjs'], { cwd: project, env })
  await run(node, ['use.mjs'], { cwd: project, env })
  const bin = path.join(project, 'node_modules', '.bin', 'seep')
  const { stdout: version } = await run(node, [bin, '--version'], { cwd: project, env })
  const { stdout: nodeVersion } = await run(node, ['--version'], { env })
  console.log(
    `Node ${nodeVersion.trim()}: seep ${version.trim()} installed in ${seconds.toFixed(1)} s, ${used.stdout.trim()}`
  )
  return { bin, cwd: project, env }
}

async function main(nodes) {
  const { packages, built } = prepare()
  if (built.length === 0) throw new Error('no library has been built: npm run build')
  for (const { manifest, tarball } of packages) {
    if (manifest.name === 'seep' || built.includes(manifest.name)) {
      console.log(`${manifest.name}: ${size(tarball)} packed`)
    }
  }
  look(packages.at(-1).tarball)
  console.log('publint and attw: nothing to say')

  const registry = await serve(packages)
  try {
    for (const node of nodes) {
      registry.asked.length = 0
      const { bin, ...where } = await install(fs.realpathSync(node), registry)
      if (node === nodes[0]) {
        await run(node, [bin, 'demo'], where)
        console.log('seep demo, as installed: a leak found, and none in the mended server')
      }
      const expected = ['seep', ...built]
      const unexpected = registry.asked.filter((name) => !expected.includes(name))
      if (unexpected.length > 0)
        throw new Error(`npm fetched ${unexpected}, which are not for here`)
    }
  } finally {
    registry.close()
  }
}

main(process.argv.length > 2 ? process.argv.slice(2) : [process.execPath])
  .catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
  .finally(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
