'use strict'

/** Every code block of the documentation does what it says: it runs, or is checked as far as it can be here. */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const yaml = require('js-yaml')
const manifest = require('../package.json')
const { ROOT, cleanEnvironment } = require('./support/program')
const { makeFolder, snippets, writeSnippet } = require('./support/snippets')

const HARNESS = path.join(__dirname, 'fixtures', 'snippet-harness.js')
const TSC = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
const isWindows = process.platform === 'win32'
const all = snippets()
const of = (...languages) => all.filter(({ language }) => languages.includes(language))

const api = fs.readFileSync(path.join(ROOT, 'docs', 'api.md'), 'utf8')
const isVariable = (name) => api.includes(`\`${name}\``)

const folder = makeFolder()
after(() => fs.rmSync(folder, { recursive: true, maxRetries: 3 }))

function run(command, args, { env = {}, ...options } = {}) {
  return spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: cleanEnvironment({ PORT: '0', METRICS_PORT: '0', ...env }),
    timeout: 120_000,
    killSignal: 'SIGKILL',
    ...options
  })
}

function assertEndsWell({ status, signal, stdout, stderr }) {
  // Ended as an operator ends it, by a program that does not listen for that.
  const isWell = status === 0 || signal === 'SIGTERM'
  assert.ok(isWell, `${signal ?? status}\n${stdout}\n${stderr}`)
}

describe('the languages of the snippets', () => {
  it('are known here, so that none goes unchecked', () => {
    const known = ['js', 'ts', 'sh', 'json', 'yaml', 'dockerfile', 'promql', 'mermaid', 'text']
    const unknown = all.filter(({ language }) => !known.includes(language))
    assert.deepEqual(
      unknown.map(({ where }) => where),
      []
    )
    assert.ok(of('js').length > 10)
  })
})

describe('js and ts snippets', { timeout: 600_000 }, () => {
  const files = new Map()
  const built = path.join(folder, 'built')

  before(() => {
    for (const snippet of of('js', 'ts')) files.set(snippet, writeSnippet(folder, snippet))
  })

  it('agree with the types', () => {
    const options = {
      allowJs: true,
      checkJs: true,
      strict: false,
      target: 'es2022',
      lib: ['es2022', 'dom', 'esnext.disposable'],
      module: 'nodenext',
      types: ['node'],
      skipLibCheck: true,
      experimentalDecorators: true,
      outDir: built
    }
    const configuration = path.join(folder, 'tsconfig.json')
    const include = [...files.values()].map((file) => path.basename(file))
    fs.writeFileSync(configuration, JSON.stringify({ compilerOptions: options, files: include }))
    const { stdout } = run(process.execPath, [TSC, '--project', configuration])
    assert.ok(fs.existsSync(built), stdout)
    // Node's types know only the default export of this module.
    const errors = stdout.split('\n').filter((line) => !line.includes('import("node:cluster")'))
    assert.equal(errors.join('\n').trim(), '')
  })

  for (const snippet of of('js', 'ts')) {
    it(`${snippet.where} runs`, () => {
      const file = files.get(snippet)
      const isTyped = snippet.language === 'ts'
      const program = isTyped ? path.join(built, `${path.basename(file, '.mts')}.mjs`) : file
      const isTest = snippet.text.includes("require('node:test')")
      const env = /\blisten\(/.test(snippet.text) ? { SNIPPET_LISTENS: '1' } : {}
      const preload = isTest ? [] : ['--require', HARNESS]
      assertEndsWell(run(process.execPath, [...preload, program], { env }))
    })
  }
})

describe('sh snippets', { skip: isWindows, timeout: 600_000 }, () => {
  const tools = path.join(folder, 'tools')
  const tool = (name, text) => {
    fs.writeFileSync(path.join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }

  before(() => {
    fs.mkdirSync(tools)
    // Programs of Node run, and end as soon as they have shown that they do.
    tool('node', `exec "${process.execPath}" --require "${HARNESS}" "$@"`)
    tool('seep', `exec "${process.execPath}" "${ROOT}/bin/seep.js" "$@"`)
    // What takes minutes is tested elsewhere; here, that it exists.
    const scripts = [...Object.keys(manifest.scripts), ''].join('|')
    tool(
      'npm',
      `case "$1" in
      run) case "$2" in ${scripts.slice(0, -1)}) ;; *) echo "no script $2" >&2; exit 1 ;; esac ;;
      test) ;;
      install|install-scripts|pack|version) ;;
      *) echo "npm $*" >&2; exit 1 ;;
    esac`
    )
    tool(
      'npx',
      `name="$1"; shift
    case "$name" in
      seep) exec "${process.execPath}" "${ROOT}/bin/seep.js" "$@" ;;
      ${Object.keys(manifest.devDependencies).join('|')}) ;;
      *) echo "npx $name" >&2; exit 1 ;;
    esac`
    )
    tool('cargo', '[ "$1" = test ]')
    tool(
      'prometheus',
      `for option in "$@"; do
      case "$option" in --config.file=*) test -f "\${option#*=}" || exit 1 ;; --web.listen-address=*) ;; *) exit 1 ;; esac
    done`
    )
    tool('kubectl', '[ "$1 $2" = "set env" ]')
    tool('go', '[ "$1 $2" = "tool pprof" ]')
    tool('flamegraph.pl', 'cat')
    const snapshot = path.join(ROOT, 'fixtures', 'node24.heapsnapshot.gz')
    fs.copyFileSync(snapshot, path.join(folder, 'Heap.20260102.heapsnapshot'))
    // Its input may hold nothing of what is looked for.
    tool('grep', 'cat > /dev/null')
  })

  for (const { where, text } of of('sh')) {
    it(`${where} runs`, () => {
      for (const [, name] of text.matchAll(/\b(SEEP_[A-Z_]+)=/g)) assert.ok(isVariable(name), name)
      const env = { PATH: `${tools}:${process.env.PATH}` }
      assertEndsWell(run('sh', ['-e', '-c', `${text}\nwait`], { env }))
    })
  }
})

describe('dockerfile snippets', () => {
  for (const { where, text } of of('dockerfile')) {
    it(`${where} starts from a Node that does, and its command runs`, () => {
      const [, major] = /^FROM node:(\d+)/m.exec(text)
      assert.ok(Number(major) >= Number(manifest.engines.node.replace('>=', '')))
      const words = text
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ')[0])
      const known = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'CMD']
      assert.deepEqual(
        words.filter((word) => !known.includes(word)),
        []
      )
      for (const [, name] of text.matchAll(/^ENV (SEEP_\w+)=/gm)) assert.ok(isVariable(name), name)
      const [command, ...args] = JSON.parse(/^CMD (\[.*\])$/m.exec(text)[1])
      assert.equal(command, 'node')
      const env = { SNIPPET_LISTENS: '1' }
      assertEndsWell(run(process.execPath, ['--require', HARNESS, ...args], { env }))
    })
  }
})

describe('yaml snippets', () => {
  for (const { where, text } of of('yaml')) {
    it(`${where} is YAML, and what it sets takes effect`, () => {
      const [object] = yaml.loadAll(text)
      if (object.kind !== 'Deployment') return
      const [container] = object.spec.template.spec.containers
      const given = Object.fromEntries(container.env.map(({ name, value }) => [name, value]))
      for (const name of Object.keys(given)) {
        if (name.startsWith('SEEP_')) assert.ok(isVariable(name), name)
      }
      const show = "console.log(Symbol.for('seep.registered') in globalThis)"
      const { stdout, stderr } = run(process.execPath, ['-e', show], {
        env: { ...given, SEEP_REPORT_DIR: folder }
      })
      assert.equal(stdout, 'true\n', stderr)
    })
  }
})

describe('json snippets', () => {
  it('are JSON', () => {
    for (const { text } of of('json')) JSON.parse(text)
  })
})
