'use strict'

/** The docs name everything that a program can meet. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')
const help = require('../lib/cli/help')
const { OTHERS } = require('../lib/environment')
const { OPTIONS, VARIABLES } = require('../lib/options')
const { written } = require('../scripts/options')
const { ROOT } = require('./support/program')

const read = (...names) => fs.readFileSync(path.join(ROOT, ...names), 'utf8')

/** The files below `folder` with this extension. */
function filesOf(folder, extension) {
  return fs
    .readdirSync(path.join(ROOT, folder), { recursive: true })
    .filter((name) => name.endsWith(extension))
    .map((name) => path.join(folder, name))
}

const api = read('docs', 'api.md')

describe('docs/api.md', () => {
  it('and the types have what the tables of options and metrics say; if not, run `npm run options`', () => {
    for (const [file, text] of Object.entries(written())) assert.equal(read(file), text, file)
  })

  it('has every variable, and no other', () => {
    const environment = api.split('\n## Environment')[1].split('\n## ')[0]
    const documented = [...environment.matchAll(/^\| `(SEEP_\w+)`/gm)].map(([, name]) => name)
    const internal = ['SEEP_RUN_DIR'] // what `seep run` tells its children
    const known = [...VARIABLES, ...OTHERS].filter((name) => !internal.includes(name))
    assert.deepEqual(documented.sort(), known.sort())
  })

  it('has the flags of every command, as its help has', () => {
    const commands = api.split('\n## Command line')[1]
    for (const [name, text] of Object.entries(help.COMMANDS)) {
      const { OPTIONS } = require(`../lib/cli/${name}`)
      const flags = Object.keys(OPTIONS).map((flag) => `--${flag}`)
      const shown = [...text.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag)
      assert.deepEqual(shown.sort(), flags.toSorted(), name)
      for (const flag of flags) assert.ok(commands.includes(`\`${flag}`), `${name}: ${flag}`)
    }
  })

  it('names every code that the sources can give', () => {
    const entries = ['index', 'register', 'opentelemetry', 'prometheus'].map((name) => `${name}.js`)
    const sources = [...entries, ...filesOf('lib', '.js'), ...filesOf('src', '.rs')]
    const codes = new Set()
    for (const file of sources) {
      for (const [, code] of read(file).matchAll(
        /['"]((?:ERR|GATE|SEEP)_[A-Z0-9_]*[A-Z0-9])['"]/g
      )) {
        codes.add(code)
      }
    }
    // Internal, on their way to exit codes.
    codes.delete('ERR_USAGE')
    codes.delete('ERR_PROCESS')
    codes.delete('ERR_PROCESS_GONE')
    codes.delete('ERR_PARSE_ARGS')
    // Of replies of `seep mcp`.
    codes.delete('ERR_FILE_OUTSIDE')
    assert.ok(codes.size > 10)
    for (const code of codes)
      assert.ok(api.includes(`\`${code}\``), `${code} is not in docs/api.md`)
  })

  it('and index.d.ts know the same codes', () => {
    const codes = api.split('\n## Codes')[1].split('\nProcess warnings')[0]
    const documented = [...codes.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code)
    const typed = [...read('index.d.ts').matchAll(/^ {2}\| '([A-Z_]+)'$/gm)].map(([, code]) => code)
    assert.deepEqual(typed.sort(), documented.sort())
  })

  it('names every event', () => {
    for (const name of ['leak', 'check', 'skip'])
      assert.match(api, new RegExp(`^\\| \`${name}\` +\\|`, 'm'))
  })
})

describe('docs/operating.md', () => {
  it('and docs/api.md call an unfinished file what it is called', () => {
    const names = [...(read('docs', 'operating.md') + api).matchAll(/`(\.seep-\S*\.tmp)`/g)]
    assert.deepEqual(
      names.map(([, name]) => name),
      ['.seep-*.tmp', '.seep-*.tmp']
    )
  })
})

describe('README.md', () => {
  const readme = read('README.md')

  it('says how to switch it off, and where every variable is', () => {
    assert.match(readme, /`SEEP_ENABLED=0`/)
    assert.match(readme, /\(docs\/api\.md#environment\)/)
  })

  it('has the defaults of the options that it lists', () => {
    const section = readme.split('\n## Options')[1].split('\n## ')[0]
    const rows = [...section.matchAll(/^\| `(\w+)` +\| (\S+) +\|/gm)]
    assert.ok(rows.length > 5)
    for (const [, name, value] of rows) {
      const { default: fallback } = OPTIONS[name]
      const shown = value === 'none' ? null : JSON.parse(value.replaceAll('`', ''))
      assert.deepEqual(shown, fallback, name)
    }
  })

  it('states the oldest Rust and Node that do', () => {
    const { engines } = require('../package.json')
    assert.ok(readme.includes(`Node ${engines.node.replace('>=', '')}`))
    assert.ok(readme.includes(`Rust ${/rust-version = "([\d.]+)"/.exec(read('Cargo.toml'))[1]}`))
  })
})
