#!/usr/bin/env node
'use strict'
// Whole processes on the same snapshot: seep's engine beside its peers.
//
//   cargo build --release --no-default-features --examples
//   npm install --prefix tests/devtools --no-package-lock
//   npm install --prefix benchmark/peers --no-package-lock --ignore-scripts     (memlab; optional)
//   node benchmark/engine.js FILE [FILE ...] [--runs=3] [--only=seep,cat]
//
// Every tool parses the file and works out classes with retained sizes (seep
// and DevTools' engine with two threads), but
// `serde_json`, which reads the same JSON into plain vectors and stops, and
// `cat`, which only reads. Times and peak memory are the child's, read from
// /proc until it ends (Linux); each is the median of the runs, which take
// turns, so that a slow moment hits all. A tool's own CPU time is that without
// the system's, which on a virtual machine is mostly the clearing of new pages
// and differs from run to run.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const example = (name) => path.join(root, 'target/release/examples', name)
const TICKS_PER_SECOND = 100 // USER_HZ, fixed on Linux

const tools = {
  seep: { needs: example('vectors'), command: (file) => [example('vectors'), file] },
  devtools: {
    needs: path.join(root, 'tests/devtools/node_modules/chrome-devtools-frontend'),
    command: (file) => [
      process.execPath,
      '--max-old-space-size=12288',
      path.join(root, 'tests/devtools/classes.mjs'),
      file
    ]
  },
  memlab: {
    needs: path.join(__dirname, 'peers/node_modules/@memlab/heap-analysis'),
    command: (file) => [
      process.execPath,
      '--max-old-space-size=12288',
      path.join(__dirname, 'peers/memlab.js'),
      file
    ]
  },
  serde_json: { needs: example('serde_json'), command: (file) => [example('serde_json'), file] },
  cat: { needs: '/bin/cat', command: (file) => ['/bin/cat', file] }
}

/** CPU seconds and peak memory of the process so far; null once it has ended. */
function usage(pid) {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ')
    const peak = /VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))
    const [user, system] = [+fields[11], +fields[12]].map((ticks) => ticks / TICKS_PER_SECOND)
    return peak && { cpu: user + system, user, mib: +peak[1] / 1024 }
  } catch {
    return null
  }
}

function run([program, ...args]) {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    let last = { cpu: 0, user: 0, mib: 0 }
    const poll = setInterval(() => (last = usage(child.pid) ?? last), 5)
    child.on('error', reject)
    child.on('exit', (code) => {
      clearInterval(poll)
      if (code !== 0) return reject(new Error(`${program} left with code ${code}`))
      resolve({ wall: (performance.now() - began) / 1000, ...last })
    })
  })
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

async function measure(file, names, runs) {
  const results = new Map(names.map((name) => [name, []]))
  for (let i = 0; i < runs; i++) {
    for (const name of names) results.get(name).push(await run(tools[name].command(file)))
  }
  console.log(
    `\n${path.basename(file)}, ${(fs.statSync(file).size / 1e6).toFixed(0)} MB, median of ${runs}\n`
  )
  const ratios = ['wall', 'CPU', 'own CPU', 'memory'].map((name) => `${name} / seep`).join(' | ')
  console.log(`| tool | wall s | CPU s | of it its own | peak MiB | ${ratios} |`)
  console.log('|---|---|---|---|---|---|---|---|---|')
  const of = (name, key) => median(results.get(name).map((result) => result[key]))
  for (const name of names) {
    const ratio = (key) =>
      names.includes('seep') ? (of(name, key) / of('seep', key)).toFixed(1) : ''
    const figures = [
      of(name, 'wall').toFixed(2),
      of(name, 'cpu').toFixed(2),
      of(name, 'user').toFixed(2),
      of(name, 'mib').toFixed(0)
    ]
    console.log(
      `| ${[name, ...figures, ratio('wall'), ratio('cpu'), ratio('user'), ratio('mib')].join(' | ')} |`
    )
  }
}

async function main() {
  const options = process.argv.slice(2).filter((it) => it.startsWith('--'))
  const files = process.argv.slice(2).filter((it) => !it.startsWith('--'))
  const option = (name) => options.find((it) => it.startsWith(`--${name}=`))?.split('=')[1]
  const asked = option('only')?.split(',') ?? Object.keys(tools)
  const names = asked.filter((name) => {
    const isThere = fs.existsSync(tools[name].needs)
    if (!isThere)
      console.error(`${name}: left out, ${path.relative(root, tools[name].needs)} is missing`)
    return isThere
  })
  for (const file of files) await measure(file, names, +(option('runs') ?? 3))
}

main()
