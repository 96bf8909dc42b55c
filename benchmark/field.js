'use strict'

/**
 * How right seep is as services live: detector left to its defaults, only the interval shortened, traffic in waves, with
 * quiet times, bursts and restarts, over the programs that `verdict.js` asks too.
 *
 * node benchmark/field.js [--interval MS] [--intervals N] [--beside N] [--seed N] [--only NAME[,NAME...]]
 *   [--from corpus|own|FOLDER] [--corpus PATH] [--gate always] [--to-the-end] [--json | --markdown]
 *
 * An interval stands for the minute that it is by default. A leaking program ends with the event that names its leak, unless
 * `--to-the-end`. The exit code is 1 when a leak was not told, was called healthy, or something else was told.
 */

const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { answerOf } = require('./lib/answer')
const { isRight, outcomeOf, totals } = require('./lib/field/outcome')
const { table } = require('./lib/markdown')
const { seedOf } = require('./lib/random')
const { findPrograms } = require('./lib/verdict/programs')

const CHILD = path.join(__dirname, 'lib/field/child.js')
/** A busy machine stretches rounds; a program that hangs must not. */
const PATIENCE = 6

const { values } = parseArgs({
  options: {
    interval: { type: 'string', default: '5000' },
    intervals: { type: 'string', default: '60' },
    beside: { type: 'string', default: String(2 * os.availableParallelism()) },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    from: { type: 'string', default: 'all' },
    corpus: { type: 'string' },
    gate: { type: 'string' },
    'to-the-end': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    markdown: { type: 'boolean', default: false }
  }
})
const intervalMs = Number(values.interval)
const intervals = Number(values.intervals)

async function measure(program) {
  const settings = {
    intervalMs,
    intervals,
    seed: seedOf(program.name, Number(values.seed)),
    gate: values.gate,
    toTheEnd: values['to-the-end']
  }
  const answer = await answerOf(CHILD, [program.file, JSON.stringify(settings)], {
    timeoutMs: PATIENCE * intervalMs * intervals
  })
  const { name, side, origin } = program
  return { name, side, origin, expect: answer.expect, outcome: outcomeOf(answer) }
}

/** One line for a person, and what was told or suspected where that is wrong. */
function describe(result) {
  const { name, side, outcome } = result
  const { toldAt, afterFourth, captures, rounds, calledHealthy, falsely, suspects } = outcome
  const when = toldAt === null ? 'not told' : `told at ${toldAt} (${afterFourth} after the fourth)`
  const facts = [
    ...(side === 'leaks' ? [when] : []),
    `${captures} captures in ${rounds}: ${outcome.capturedAt.join(' ')}`,
    `${(outcome.spentMs / 1000).toFixed(1)} s`,
    ...(calledHealthy > 0 ? [`healthy ${calledHealthy} times`] : []),
    ...(outcome.nativeGrowth > 0 ? [`native-growth ${outcome.nativeGrowth} times`] : [])
  ]
  // Rounds that were to capture and could not stretch everything.
  const failed = Object.entries(outcome.skips).filter(([code]) => code !== 'GATE_CLOSED')
  if (failed.length > 0) facts.push(failed.map(([code, times]) => `${code} ${times}`).join(', '))
  const isMissed = side === 'leaks' && toldAt === null
  return [
    `${isRight(result) ? 'ok  ' : 'FAIL'} ${side.padEnd(7)} ${name.padEnd(28)} ${facts.join(', ')}`,
    ...falsely.map((title) => `       falsely: ${title}`),
    ...(isMissed ? [`       verdicts: ${outcome.verdicts.join(' ')}`] : []),
    ...(isMissed ? suspects.map((title) => `       suspected: ${title}`) : [])
  ].join('\n')
}

function markdown(results) {
  const rows = results.map(({ name, side, outcome }) => [
    name,
    side === 'leaks' ? 'leak' : 'healthy',
    side === 'leaks' ? (outcome.toldAt ?? 'not') : '-',
    outcome.afterFourth ?? '-',
    outcome.captures,
    (outcome.spentMs / 1000).toFixed(1),
    outcome.falsely.length,
    side === 'leaks' ? outcome.calledHealthy : '-'
  ])
  const head = ['program', 'is', 'told at', 'after the fourth', 'captures', 'CPU s', 'other events']
  return table([...head, 'called healthy'], rows)
}

async function main() {
  const only = values.only.split(',').filter((part) => part !== '')
  const waiting = findPrograms({ only, from: values.from, corpus: values.corpus, isService: true })
  const order = new Map(waiting.map(({ file }, index) => [file, index]))
  const results = []
  async function work() {
    for (let program = waiting.shift(); program !== undefined; program = waiting.shift()) {
      try {
        const result = await measure(program)
        results.push({ at: order.get(program.file), ...result })
        if (values.json) console.log(JSON.stringify(result))
        else if (!values.markdown) console.log(describe(result))
      } catch (error) {
        process.exitCode = 1
        console.error(`FAIL ${program.side} ${program.name}: ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: Number(values.beside) }, work))
  results.sort((a, b) => a.at - b.at)
  if (results.some((result) => !isRight(result))) process.exitCode = 1
  if (values.json) return
  if (values.markdown) console.log(markdown(results))
  console.log(`\n${table(['what', 'figure'], totals(results))}`)
}

main()
