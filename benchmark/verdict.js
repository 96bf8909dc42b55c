'use strict'

/**
 * How right the verdict is, over programs that leak and programs that only look like it.
 *
 * node benchmark/verdict.js [--runs N] [--node PATH] [--only NAME[,NAME...]] [--from corpus|own|FOLDER] [--corpus PATH]
 *   [--capture inline|fork] [--peers] [--verbose] [--json]
 *
 * Each program runs in a process of its own: set-up, warm-up, seven rounds of work, each followed by check() on a detector
 * with gate 'always'. `--peers` runs what others offer over the same programs instead.
 */

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { answerOf } = require('./lib/answer')
const { PEERS } = require('./lib/verdict/peers')
const { findPrograms } = require('./lib/verdict/programs')
const { score } = require('./lib/verdict/score')
const { share, totals } = require('./lib/verdict/totals')

const TIMEOUT_MS = 120_000
const CHILD = path.join(__dirname, 'lib/verdict/child.js')

/** What the program's process saw; rejects when it did not get that far. */
function run(program, { look, options, node, flags }) {
  const args = [program.file, look, JSON.stringify(options)]
  return answerOf(CHILD, args, { node, flags, timeoutMs: TIMEOUT_MS })
}

function tick(value) {
  return value ? 'yes' : 'NO'
}

function describe({ side, name, expect, score: it }, verbose) {
  const mark = it.ok ? 'ok  ' : 'FAIL'
  const head = `${mark} ${side.padEnd(7)} ${name.padEnd(28)} ${it.verdict.padEnd(12)}`
  const skips = it.skipped.length > 0 ? ` skipped ${it.skipped.join(',')}` : ''
  if (!expect.leak) {
    const suspects = it.suspects.length > 0 ? ` (${it.suspects.length} suspected)` : ''
    return [`${head}${suspects}${skips}`, ...it.falsely.map((title) => `       falsely: ${title}`)]
  }
  const facts = `rank ${it.rank ?? '-'}  container ${tick(it.container)}  item ${tick(it.item)}  path ${tick(it.path)}  at check ${it.checksNeeded ?? '-'}  stack ${tick(it.stack.first)}  place ${tick(it.stack.named)} (${it.stack.samples})`
  const lines = [`${head} ${facts}${skips}`]
  if (it.rank === null) for (const title of it.suspects) lines.push(`       suspected: ${title}`)
  if (it.rank === null) lines.push(`       expected: ${expect.container}: ${expect.leakedType}`)
  for (const title of it.ok && !verbose ? [] : it.titles) lines.push(`       reported: ${title}`)
  return lines
}

async function measureSeep(programs, { runs, node, capture, json, verbose }) {
  const results = []
  for (const program of programs) {
    for (let index = 0; index < runs; index++) {
      try {
        const answer = await run(program, { look: 'seep', options: { capture }, node })
        const result = {
          ...program,
          run: index,
          kind: answer.kind,
          expect: answer.expect,
          score: score(answer)
        }
        results.push(result)
        if (json)
          console.log(
            JSON.stringify({ ...result, checks: answer.seen.checks, events: answer.seen.events })
          )
        else console.log(describe(result, verbose).join('\n'))
      } catch (error) {
        process.exitCode = 1
        console.error(`FAIL ${program.side} ${program.name}: ${error.message}`)
      }
    }
  }
  if (json) return
  console.log('')
  for (const [name, value] of totals(results)) console.log(`${name.padEnd(48)} ${value}`)
  if (results.some((result) => !result.score.ok)) process.exitCode = 1
}

/** What the peers that share one way of looking say of one program. */
async function askPeers(peers, options, program, node) {
  const { look } = peers[0]
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'verdict-'))
  try {
    const flags = look === 'size' ? ['--expose-gc'] : []
    const { expect, seen } = await run(program, {
      look,
      options: { ...options, folder },
      node,
      flags
    })
    const answers = []
    for (const peer of peers) {
      const { reported, names } = await peer.judge(seen, options)
      const rank = expect.leak ? names.findIndex((name) => peer.matches(name, expect)) + 1 : 0
      answers.push({
        peer: peer.name,
        program: program.name,
        leak: expect.leak,
        reported,
        count: names.length,
        rank
      })
    }
    return answers
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

function peerLine(name, answers) {
  const leaks = answers.filter(({ leak }) => leak)
  const healthy = answers.filter(({ leak }) => !leak)
  return [
    name.padEnd(34),
    `reports ${share(leaks.filter(({ reported }) => reported).length, leaks.length)}`,
    `healthy reported ${share(healthy.filter(({ reported }) => reported).length, healthy.length)}`,
    `names it ${share(leaks.filter(({ rank }) => rank > 0).length, leaks.length)}`,
    `first ${share(leaks.filter(({ rank }) => rank === 1).length, leaks.length)}`
  ].join('  ')
}

async function measurePeers(peers, programs, { node, json }) {
  let options = {}
  try {
    options = peers[0].prepare?.() ?? {}
  } catch (error) {
    console.log(
      `${peers.map(({ name }) => name).join(', ')}: skipped, ${error.message.split('\n', 1)[0]}`
    )
    return
  }
  const answers = []
  for (const program of programs) {
    try {
      const said = await askPeers(peers, options, program, node)
      if (json) for (const answer of said) console.log(JSON.stringify(answer))
      answers.push(...said)
    } catch (error) {
      console.error(`${peers[0].name}: ${program.name}: ${error.message.split('\n', 1)[0]}`)
    }
  }
  for (const { name } of peers) {
    console.log(
      peerLine(
        name,
        answers.filter(({ peer }) => peer === name)
      )
    )
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1' },
      node: { type: 'string', default: process.execPath },
      only: { type: 'string', default: '' },
      from: { type: 'string', default: 'all' },
      corpus: { type: 'string' },
      capture: { type: 'string', default: 'auto' },
      peers: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false }
    }
  })
  const only = values.only.split(',').filter((part) => part !== '')
  const programs = findPrograms({ only, from: values.from, corpus: values.corpus })
  const choice = { ...values, runs: Number(values.runs) }
  if (!values.peers) return measureSeep(programs, choice)
  for (const look of new Set(PEERS.map((peer) => peer.look))) {
    await measurePeers(
      PEERS.filter((peer) => peer.look === look),
      programs,
      choice
    )
  }
}

main()
