'use strict'

/**
 * How right the verdict is, over programs that leak and programs that only look like it.
 *
 * node benchmark/verdict.js [--runs N] [--node PATH] [--only NAME[,NAME...]] [--from corpus|own] [--capture inline|fork]
 *   [--peers] [--json]
 *
 * Each program runs in a process of its own: set-up, warm-up, seven rounds of work, each followed by check() on a detector
 * with gate 'always'. `--peers` runs what others offer over the same programs instead.
 */

const { fork } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { PEERS } = require('./lib/verdict/peers')
const { ROOT, findPrograms } = require('./lib/verdict/programs')
const { score } = require('./lib/verdict/score')
const { share, totals } = require('./lib/verdict/totals')

const TIMEOUT_MS = 300_000
const CHILD = path.join(__dirname, 'lib/verdict/child.js')

/** What the program's process saw; rejects when it did not get that far. */
function run(program, { look, options, node, flags = [] }) {
  return new Promise((resolve, reject) => {
    const child = fork(CHILD, [program.file, look, JSON.stringify(options)], {
      execPath: node,
      execArgv: ['--no-warnings', ...flags],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc']
    })
    let errors = ''
    child.stderr.on('data', (text) => {
      errors = (errors + text).slice(-2000)
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS)
    let answer = null
    child.on('message', (message) => {
      answer = message
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      if (answer !== null && answer.error === undefined) resolve(answer)
      else reject(new Error(answer?.error ?? `no answer (${signal ?? code}) ${errors}`))
    })
  })
}

function tick(value) {
  return value ? 'yes' : 'NO'
}

function describe({ side, name, expect, score: it }) {
  const mark = it.ok ? 'ok  ' : 'FAIL'
  const head = `${mark} ${side.padEnd(7)} ${name.padEnd(28)} ${it.verdict.padEnd(12)}`
  const skips = it.skipped.length > 0 ? ` skipped ${it.skipped.join(',')}` : ''
  if (!expect.leak) {
    const suspects = it.suspects.length > 0 ? ` (${it.suspects.length} suspected)` : ''
    return [`${head}${suspects}${skips}`, ...it.falsely.map((title) => `       falsely: ${title}`)]
  }
  const facts = `rank ${it.rank ?? '-'}  container ${tick(it.container)}  item ${tick(it.item)}  path ${tick(it.path)}  at check ${it.checksNeeded ?? '-'}`
  const lines = [`${head} ${facts}${skips}`]
  if (it.rank === null) for (const title of it.suspects) lines.push(`       suspected: ${title}`)
  if (it.rank === null) lines.push(`       expected: ${expect.container}: ${expect.leakedType}`)
  for (const title of it.ok ? [] : it.titles) lines.push(`       reported: ${title}`)
  return lines
}

async function measureSeep(programs, { runs, node, capture, json }) {
  const results = []
  for (const program of programs) {
    for (let index = 0; index < runs; index++) {
      try {
        const answer = await run(program, { look: 'seep', options: { root: ROOT, capture }, node })
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
        else console.log(describe(result).join('\n'))
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

async function askPeer(peer, options, program, node) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'verdict-'))
  try {
    const flags = peer.look === 'size' ? ['--expose-gc'] : []
    const answer = await run(program, {
      look: peer.look,
      options: { ...options, folder },
      node,
      flags
    })
    const said = await peer.judge(answer.seen, options)
    const { expect } = answer
    const rank = expect.leak ? said.names.findIndex((name) => peer.matches(name, expect)) + 1 : 0
    return { program, leak: expect.leak, reported: said.reported, count: said.names.length, rank }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
}

async function measurePeer(peer, programs, { node, json }) {
  let options = {}
  try {
    options = peer.prepare?.() ?? {}
  } catch (error) {
    console.log(`${peer.name}: skipped, ${error.message.split('\n', 1)[0]}`)
    return
  }
  const answers = []
  for (const program of programs) {
    try {
      const answer = await askPeer(peer, options, program, node)
      answers.push(answer)
      if (json) console.log(JSON.stringify({ peer: peer.name, ...answer }))
    } catch (error) {
      console.error(`${peer.name}: ${program.name}: ${error.message.split('\n', 1)[0]}`)
    }
  }
  const leaks = answers.filter(({ leak }) => leak)
  const healthy = answers.filter(({ leak }) => !leak)
  console.log(
    [
      peer.name.padEnd(34),
      `reports ${share(leaks.filter(({ reported }) => reported).length, leaks.length)}`,
      `healthy reported ${share(healthy.filter(({ reported }) => reported).length, healthy.length)}`,
      `names it ${share(leaks.filter(({ rank }) => rank > 0).length, leaks.length)}`,
      `first ${share(leaks.filter(({ rank }) => rank === 1).length, leaks.length)}`
    ].join('  ')
  )
}

async function main() {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '1' },
      node: { type: 'string', default: process.execPath },
      only: { type: 'string', default: '' },
      from: { type: 'string', default: 'all' },
      capture: { type: 'string', default: 'auto' },
      peers: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false }
    }
  })
  const only = values.only.split(',').filter((part) => part !== '')
  const programs = findPrograms({ only, from: values.from })
  const choice = { ...values, runs: Number(values.runs) }
  if (!values.peers) return measureSeep(programs, choice)
  for (const peer of PEERS) await measurePeer(peer, programs, choice)
}

main()
