'use strict'

/**
 * `npm run packages [-- [--install-only] NODE ...]`: checks and installs the packages as they
 * would be published.
 *
 * 1. Packs the main package and those of the platforms, as `napi` prepares them.
 * 2. Checks the exports and types of the main package with `publint` and `attw`.
 * 3. Installs it from a local registry into an empty folder, with only Node on the PATH,
 *    without Rust. A program then uses it as a CommonJS and as an ES module. This is done
 *    with the running Node, or with each NODE; and with other package managers, with the
 *    first of these.
 *
 * With --install-only, nothing is checked, and only npm installs. A NODE may be a script
 * that starts Node in another system (`scripts/platforms/`).
 *
 * The native part must have been built (`npm run build`). `.ci/run packed` tests the case
 * without a package for the platform, in which the addon is compiled.
 */

const { execFile, execFileSync, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { readBundle } = require('../lib/explorer/bundle')
const { readSdk } = require('../lib/mcp/bundle')
const { libraries } = require('../lib/top/bundle')
const { managers } = require('./packages/managers')
const { serve } = require('./packages/registry')
const { ROOT } = require('./rust')

const run = promisify(execFile)

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-packages-'))
const tool = (...names) => path.join(ROOT, 'node_modules', ...names)
const NAPI = tool('@napi-rs', 'cli', 'dist', 'cli.js')

/** npm as a script for Node: the one that runs this, or the one on the PATH. */
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

/** Packs the package in `cwd` and returns the path of the tarball. */
function pack(cwd) {
  const args = [NPM, 'pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const packed = JSON.parse(step(process.execPath, args, { cwd }))
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed)
  return path.join(folder, filename)
}

/**
 * Prepares the main package with `napi`, with an optional dependency on the package of each
 * platform, and returns all packages to be published.
 *
 * Platforms that were not built here get a placeholder, because `napi` publishes all or
 * none. Nothing may ever fetch these.
 */
function prepare() {
  step('tar', ['-xzf', pack(ROOT), '-C', folder])
  const main = path.join(folder, 'package')
  // A package made in a clone contains its native part; published packages have it separately.
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

/** Checks the repository, because npm refuses a package with provenance that names another one. */
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

function programOf(name) {
  return ['/bin', '/usr/bin'].map((at) => path.join(at, name)).find((file) => fs.existsSync(file))
}

/** Creates an empty project with only `node` on the PATH, and the programs `others`. */
function makeUser(node, files = {}, others = []) {
  const here = fs.mkdtempSync(path.join(folder, 'user-'))
  const tools = path.join(here, 'tools')
  const project = path.join(here, 'project')
  fs.mkdirSync(tools)
  fs.mkdirSync(project)
  fs.symlinkSync(node, path.join(tools, 'node'))
  // npm starts scripts with a shell.
  for (const name of ['sh', ...others]) fs.symlinkSync(programOf(name), path.join(tools, name))
  const cache = path.join(here, 'cache')
  // For root, the cache of Yarn 1 is outside its home, and may contain an earlier version.
  const env = { PATH: tools, HOME: here, npm_config_cache: cache, YARN_CACHE_FOLDER: cache }
  const all = { ...USE, ...files, 'package.json': '{ "private": true }\n' }
  for (const [name, text] of Object.entries(all)) fs.writeFileSync(path.join(project, name), text)
  return { project, env }
}

/** Installs from the registry with npm, and uses the result. */
async function install(node, registry) {
  const { project, env } = makeUser(node)
  const beganAt = performance.now()
  const options = ['--registry', registry.origin, '--no-audit', '--no-fund']
  await run(node, [NPM, 'install', 'seep', ...options], { cwd: project, env })
  const seconds = (performance.now() - beganAt) / 1000

  const used = await run(node, ['use.cjs'], { cwd: project, env })
  await run(node, ['use.mjs'], { cwd: project, env })
  const bin = path.join(project, 'node_modules', '.bin', 'seep')
  const { stdout: version } = await run(node, [bin, '--version'], { cwd: project, env })
  const { stdout: nodeVersion } = await run(node, ['--version'], { cwd: project, env })
  console.log(
    `Node ${nodeVersion.trim()}: seep ${version.trim()} installed in ${seconds.toFixed(1)} s, ${used.stdout.trim()}`
  )
  return { bin, cwd: project, env }
}

/** The same with another package manager. */
async function installWith(manager, node, registry) {
  // Needed by the wrapper scripts that pnpm creates for commands.
  const others = ['dirname', 'sed', 'uname']
  const { project, env } = makeUser(node, manager.files?.(registry.origin), others)
  const [command, before] = manager.command(node)
  const where = { cwd: project, env }
  await run(command, [...before, ...manager.install(registry.origin)], where)
  const use = (file) => {
    return manager.node
      ? run(command, [...before, ...manager.node, file], where)
      : run(node, [file], where)
  }
  const used = await use('use.cjs')
  await use('use.mjs')
  const { stdout: version } = await run(command, [...before, ...manager.bin], where)
  console.log(`${manager.name}: seep ${version.trim()} installed, ${used.stdout.trim()}`)
}

/** Fails unless seep and exactly one native part, built here, were fetched. */
function checkFetched({ asked }, built) {
  const native = [...new Set(asked)].filter((name) => name !== 'seep')
  if (native.length !== 1 || !built.includes(native[0])) throw new Error(`fetched ${asked}`)
  asked.length = 0
}

async function main(args) {
  const isInstallOnly = args.includes('--install-only')
  const given = args.filter((argument) => !argument.startsWith('--'))
  const nodes = given.length > 0 ? given : [process.execPath]
  const { packages, built } = prepare()
  if (built.length === 0) throw new Error('no library has been built: npm run build')
  readBundle()
  libraries()
  readSdk()
  for (const { manifest, tarball } of packages) {
    if (manifest.name === 'seep' || built.includes(manifest.name)) {
      console.log(`${manifest.name}: ${size(tarball)} packed`)
    }
  }
  if (!isInstallOnly) {
    look(packages.at(-1).tarball)
    console.log('publint and attw: nothing to say')
  }

  const registry = await serve(packages)
  try {
    for (const node of nodes) {
      const { bin, ...where } = await install(fs.realpathSync(node), registry)
      if (node === nodes[0] && !isInstallOnly) {
        await run(node, [bin, 'demo'], where)
        console.log('seep demo, as installed: a leak found, and none in the fixed server')
      }
      checkFetched(registry, built)
    }
    if (isInstallOnly) return
    const [node] = nodes.map((each) => fs.realpathSync(each))
    for (const manager of await managers(NPM, path.join(folder, 'managers'))) {
      await installWith(manager, node, registry)
      if (manager.fetchesAll) registry.asked.length = 0
      else checkFetched(registry, built)
    }
  } finally {
    registry.close()
  }
}

main(process.argv.slice(2))
  .catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
  .finally(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
