'use strict'

/**
 * Package managers other than npm, each of which has its own layout for installed packages.
 * They are installed from the npm registry into a temporary folder.
 */

const { execFile } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { promisify } = require('node:util')

const run = promisify(execFile)

const { platform, arch } = process
const BUN = `@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`

/**
 * `program` is a file in its package; it is a script for Node unless `isBinary`. `install`, `bin` and `node` are the arguments
 * to install seep, to run its command, and to run a program if Node alone does not find seep. `fetchesAll`: it also fetches
 * packages for other platforms.
 *
 * @typedef {{ version: string, program: string, isBinary?: boolean, files?: (registry: string) => Record<string, string>,
 *   install: (registry: string) => string[], bin: string[], node?: string[], fetchesAll?: boolean }} Manager
 * @type {Record<string, Manager>} by package name
 */
const MANAGERS = {
  // The newest one that runs on Node 20.
  pnpm: {
    version: '10.34.8',
    program: 'bin/pnpm.cjs',
    install: (registry) => ['add', 'seep', '--registry', registry],
    bin: ['exec', 'seep', '--version']
  },
  yarn: {
    version: '1.22.22',
    program: 'bin/yarn.js',
    install: (registry) => ['add', 'seep', '--registry', registry],
    bin: ['run', '--silent', 'seep', '--version'],
    // It still installs only the package that fits.
    fetchesAll: true
  },
  // Without node_modules: packages stay in archives, except for those with native parts.
  '@yarnpkg/cli-dist': {
    version: '4.18.1',
    program: 'bin/yarn.js',
    files: (registry) => ({ '.yarnrc.yml': yarnSettings(registry), 'yarn.lock': '' }),
    install: () => ['add', 'seep'],
    bin: ['run', 'seep', '--version'],
    node: ['node']
  },
  [BUN]: {
    version: '1.4.5',
    program: 'bin/bun',
    isBinary: true,
    install: (registry) => ['add', 'seep', '--registry', registry],
    bin: ['run', 'seep', '--version']
  }
}

function yarnSettings(registry) {
  return [
    `npmRegistryServer: "${registry}"`,
    'unsafeHttpWhitelist: ["127.0.0.1"]',
    // Otherwise, it refuses packages that were published recently.
    'npmMinimalAgeGate: 0',
    'enableTelemetry: false',
    'pnpEnableEsmLoader: true'
  ].join('\n')
}

/**
 * Downloads the package managers with npm.
 *
 * @param {string} npm the path of its program
 * @param {string} folder
 * @returns {Promise<(Manager & { name: string, command: (node: string) => [string, string[]] })[]>}
 */
async function managers(npm, folder) {
  fs.mkdirSync(folder)
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
  const names = Object.entries(MANAGERS).map(([name, { version }]) => `${name}@${version}`)
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock']
  await run(process.execPath, [npm, 'install', ...quietly, ...names], { cwd: folder })
  return Object.entries(MANAGERS).map(([name, manager]) => {
    const program = path.join(folder, 'node_modules', name, manager.program)
    const command = (node) => (manager.isBinary ? [program, []] : [node, [program]])
    return { name: `${name} ${manager.version}`, command, ...manager }
  })
}

module.exports = { managers }
