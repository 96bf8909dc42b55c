'use strict'

/** The code blocks of the documentation, in a folder where they run as they would for a reader. */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { ROOT } = require('./program')

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm

/** What a snippet without a `require` goes on from. */
const PRELUDE = `const { start } = require('seep')
const { seepPage } = require('seep/express')
const app = require('express')()
const detector = start()
const onlyOps = (_req, _res, next) => next()
`

/** Stands in for Next, which is too big to fetch for one snippet. */
const NEXT = `
module.exports = (options) => {
  if (typeof options.dev !== 'boolean') throw new TypeError('dev')
  const handle = (_req, res) => res.end('a page')
  return { prepare: async () => {}, getRequestHandler: () => handle }
}`
const NEXT_TYPES = `
import type { IncomingMessage, ServerResponse } from 'node:http'
type Handler = (req: IncomingMessage, res: ServerResponse) => void
declare function next(options: { dev: boolean }): { prepare(): Promise<void>; getRequestHandler(): Handler }
export = next`

/** The Markdown files that users and contributors read. */
function pages() {
  const docs = fs.readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)]
}

/** Every code block: its language, its text, and where it stands. */
function snippets() {
  return pages().flatMap((page) => {
    const text = fs.readFileSync(path.join(ROOT, page), 'utf8')
    return [...text.matchAll(FENCE)].map((match) => {
      const line = text.slice(0, match.index).split('\n').length
      return { language: match[1], text: match[2], where: `${page}:${line}`, page, line }
    })
  })
}

function link(target, name) {
  fs.mkdirSync(path.dirname(name), { recursive: true })
  fs.symlinkSync(target, name, 'junction')
}

/** A folder with seep and the development packages installed, and the files that snippets speak of. */
function makeFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-snippets-'))
  const modules = path.join(folder, 'node_modules')
  const installed = path.join(ROOT, 'node_modules')
  for (const name of fs.readdirSync(installed)) {
    if (!name.startsWith('.')) link(path.join(installed, name), path.join(modules, name))
  }
  link(ROOT, path.join(modules, 'seep'))
  const next = path.join(modules, 'next')
  fs.mkdirSync(next)
  fs.writeFileSync(path.join(next, 'index.js'), NEXT)
  fs.writeFileSync(path.join(next, 'index.d.ts'), NEXT_TYPES)
  link(path.join(ROOT, 'examples'), path.join(folder, 'examples'))
  fs.copyFileSync(path.join(ROOT, 'examples/testing/sessions.js'), path.join(folder, 'sessions.js'))
  fs.writeFileSync(
    path.join(folder, 'app.js'),
    "require('node:http').createServer((_, res) => res.end('hello')).listen(3000)\n"
  )
  return folder
}

/** A snippet as a file of its own; its path. */
function writeSnippet(folder, { language, text, page, line }) {
  const extension = language === 'ts' ? 'mts' : /^import /m.test(text) ? 'mjs' : 'cjs'
  const name = `${path.basename(page, '.md')}-${line}.${extension}`
  const begins = extension !== 'cjs' || text.includes('require(') ? '' : PRELUDE
  const file = path.join(folder, name)
  fs.writeFileSync(file, begins + text)
  return file
}

module.exports = { makeFolder, snippets, writeSnippet }
