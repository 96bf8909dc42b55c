'use strict'

/**
 * How many calls and tokens an agent needs to find each leak of the corpus through `seep mcp`.
 *
 * node benchmark/mcp.js [--only NAME[,NAME...]] [--corpus PATH] [--json]
 *
 * Each program runs as for verdict.js and writes four snapshots. A scripted client then hunts the leak, once with all four
 * and once with only the last. Tokens are those of requests and whole replies, text and structured content, by the tokenizer
 * o200k_base.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { getEncoding } = require('js-tiktoken')
const { answerOf } = require('./lib/answer')
const { table } = require('./lib/markdown')
const { startMcp } = require('./lib/mcp/client')
const { Hunt } = require('./lib/mcp/hunt')
const { PLACES, isPlace } = require('./lib/mcp/places')
const { findPrograms } = require('./lib/verdict/programs')

const TIMEOUT_MS = 120_000
const CHILD = path.join(__dirname, 'lib/verdict/child.js')

const encoding = getEncoding('o200k_base')
const tokensOf = (text) => encoding.encode(text).length

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** Hunts in the snapshots of a program; `look` is a method of Hunt. */
async function hunt(client, roots, look, files, expected) {
  const it = new Hunt(client, { tokensOf, roots })
  const places = await it[look](files)
  const found = places.some((place) => isPlace(place, expected))
  return { found, calls: it.calls.length, tokens: it.tokens }
}

async function measure({ name, file }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mcp-hunt-'))
  // Programs of the corpus and their packages.
  const program = path.resolve(file, '../../..')
  const roots = [program, path.dirname(fs.realpathSync(path.join(program, 'node_modules')))]
  try {
    const options = JSON.stringify({ folder })
    const { seen } = await answerOf(CHILD, [file, 'series', options], { timeoutMs: TIMEOUT_MS })
    const args = [folder, ...roots].flatMap((it) => ['--root', it])
    const { client } = await startMcp(args)
    try {
      const series = await hunt(client, roots, 'inSeries', seen.files, PLACES[name])
      const one = await hunt(client, roots, 'inOne', seen.files.at(-1), PLACES[name])
      return { name, series, one }
    } finally {
      await client.close()
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function schemaTokens() {
  const { client } = await startMcp([])
  const { tools } = await client.listTools()
  await client.close()
  return { tools: tools.length, tokens: tokensOf(JSON.stringify(tools)) }
}

function summary(results, kind) {
  const found = results.map((it) => it[kind]).filter((it) => it.found)
  const calls = found.map((it) => it.calls)
  const tokens = found.map((it) => it.tokens)
  return `found ${found.length} of ${results.length}, calls: median ${median(calls)}, most ${Math.max(...calls)}; tokens: median ${median(tokens)}, most ${Math.max(...tokens)}`
}

function cells({ found, calls, tokens }) {
  return [found ? 'yes' : 'no', calls, tokens]
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: 'leaks' },
      corpus: { type: 'string' },
      json: { type: 'boolean', default: false }
    }
  })
  const only = values.only.split(',')
  const programs = findPrograms({ only, from: 'corpus', corpus: values.corpus })
  const results = []
  for (const program of programs.filter(({ name }) => PLACES[name] !== undefined)) {
    results.push(await measure(program))
  }
  if (values.json) return console.log(JSON.stringify(results))
  const { tools, tokens } = await schemaTokens()
  const head = ['leak', 'found', 'calls', 'tokens', 'in one file', 'calls', 'tokens']
  const rows = results.map(({ name, series, one }) => [name, ...cells(series), ...cells(one)])
  console.log(table(head, rows))
  console.log(`\n${tools} tools, ${tokens} tokens of schema`)
  console.log(`four snapshots: ${summary(results, 'series')}`)
  console.log(`one snapshot: ${summary(results, 'one')}`)
  if (!results.every(({ series }) => series.found)) process.exitCode = 1
}

main()
