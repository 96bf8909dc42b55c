'use strict'

/**
 * Walks the heap while a program does everything it can to it, with different V8 flags. Each walk must count some classes
 * exactly, and leave no child or descriptor. Prints the figures in docs/walk.md.
 *
 *   node benchmark/walk-stress.js [--walks 100] [--workers 1] [--only TEXT]
 *
 * Exits with 1 if a count was wrong or something was left. A walk that ended because of doubtful words is counted
 * separately; V8 would have written the snapshot then. Linux only.
 */

const { execFile } = require('node:child_process')
const path = require('node:path')
const { parseArgs, promisify } = require('node:util')
const { table } = require('./lib/markdown')

const run = promisify(execFile)
const { values } = parseArgs({
  options: {
    walks: { type: 'string', default: '100' },
    workers: { type: 'string', default: '1' },
    only: { type: 'string', default: '' }
  }
})

const STRESS = path.join(__dirname, '..', '__test__', 'fixtures', 'walk', 'stress.js')
const FLAGS = [
  [],
  ['--stress-compaction'],
  ['--always-sparkplug'],
  ['--jitless'],
  ['--max-semi-space-size=1'],
  ['--single-threaded'],
  ['--predictable'],
  ['--max-old-space-size=64']
]

async function stressed(flags) {
  const args = [...flags, STRESS, values.walks, values.workers]
  try {
    const { stdout } = await run(process.execPath, args, { maxBuffer: 1e8 })
    const { walks, wrong, before, after } = JSON.parse(stdout)
    const ended = wrong.filter(({ found }) => typeof found === 'string')
    const left = {
      children: after.children - before.children,
      descriptors: after.descriptors - before.descriptors
    }
    return { walks, ended, wrong: wrong.length - ended.length, left }
  } catch (error) {
    return { walks: 0, ended: [], wrong: 0, left: {}, error: error.signal ?? error.message }
  }
}

const most = (list) => {
  const times = new Map()
  for (const one of list) times.set(one, (times.get(one) ?? 0) + 1)
  return [...times].map(([one, count]) => `${count} ${one}`).join('; ')
}

async function main() {
  const rows = []
  for (const flags of FLAGS.filter((flags) => flags.join(' ').includes(values.only))) {
    const { walks, ended, wrong, left, error } = await stressed(flags)
    const isLeft = left.children > 0 || left.descriptors > 0
    if (wrong > 0 || isLeft || error !== undefined) process.exitCode = 1
    rows.push([
      flags.join(' ') || 'none',
      walks,
      wrong,
      ended.length === 0 ? 0 : most(ended.map(({ found }) => found)),
      error ?? (isLeft ? JSON.stringify(left) : 'nothing')
    ])
  }
  console.log(`Node ${process.versions.node}, ${values.workers} busy Worker(s):\n`)
  console.log(table(['flags', 'walks', 'wrong', 'ended in doubt', 'left'], rows))
}

main()
