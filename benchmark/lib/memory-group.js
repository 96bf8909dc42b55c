'use strict'

/**
 * Runs programs under a limit of memory, as in a container: in a control group
 * of version 2 or 1 where this process may make one, else under `RLIMIT_DATA`,
 * which limits each process for itself and so only resembles it. Linux only.
 */

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const MIB = 2 ** 20
const ROOT = '/sys/fs/cgroup'

/**
 * `isShared`: whether the limit holds for a program and its children together.
 *
 * @typedef {{ name: string, isShared: boolean, start: (args: string[], limit: number, env?: object) => Run }} Kind
 */
/** @typedef {{ child: import('node:child_process').ChildProcess, figures: () => Figures }} Run */
/** @typedef {{ peakBytes: number | null, kills: number | null }} Figures what is unknown is null */

const read = (folder, name) => fs.readFileSync(path.join(folder, name), 'utf8')
const field = (text, name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)

/** What the versions call things; `procs` takes a process in. */
const VERSIONS = [
  {
    name: 'control group, version 2, memory.oom.group',
    parent: ROOT,
    isThere: () => fs.existsSync(`${ROOT}/cgroup.subtree_control`),
    prepare: () => fs.writeFileSync(`${ROOT}/cgroup.subtree_control`, '+memory'),
    limit: (folder, bytes) => {
      fs.writeFileSync(path.join(folder, 'memory.max'), String(bytes))
      fs.writeFileSync(path.join(folder, 'memory.oom.group'), '1')
    },
    figures: (folder) => ({
      // Linux 5.19.
      peakBytes: fs.existsSync(path.join(folder, 'memory.peak'))
        ? Number(read(folder, 'memory.peak'))
        : null,
      kills: field(read(folder, 'memory.events'), 'oom_kill')
    })
  },
  {
    name: 'control group, version 1',
    parent: `${ROOT}/memory`,
    isThere: () => fs.existsSync(`${ROOT}/memory/memory.limit_in_bytes`),
    prepare: () => {},
    limit: (folder, bytes) => {
      fs.writeFileSync(path.join(folder, 'memory.limit_in_bytes'), String(bytes))
    },
    figures: (folder) => ({
      peakBytes: Number(read(folder, 'memory.max_usage_in_bytes')),
      kills: field(read(folder, 'memory.oom_control'), 'oom_kill')
    })
  }
]

let made = 0

/** A group of this version for one run; removed when the run has ended. */
function startIn(version, args, limit, env) {
  const folder = path.join(version.parent, `seep-${process.pid}-${made++}`)
  fs.mkdirSync(folder)
  version.limit(folder, limit)
  const line = 'echo $$ >"$0" && exec "$@"'
  const child = spawn('sh', ['-c', line, path.join(folder, 'cgroup.procs'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let last = null
  const figures = () => last ?? version.figures(folder)
  child.once('exit', () => {
    last = version.figures(folder)
    // A child of the program may still be on its way out.
    const remove = (tries) => {
      try {
        fs.rmdirSync(folder)
      } catch {
        if (tries > 0) setTimeout(remove, 100, tries - 1)
      }
    }
    remove(50)
  })
  return { child, figures }
}

/** The kind of a version of control groups, if groups can be made here. */
function groupKind(version) {
  if (!version.isThere()) return null
  const probe = path.join(version.parent, `seep-probe-${process.pid}`)
  try {
    version.prepare()
    fs.mkdirSync(probe)
    try {
      version.limit(probe, 64 * MIB)
    } finally {
      fs.rmdirSync(probe)
    }
  } catch {
    return null
  }
  const start = (args, limit, env) => startIn(version, args, limit, env)
  return { name: version.name, isShared: true, start }
}

const resourceLimit = {
  name: 'RLIMIT_DATA of each process (no control group can be made here)',
  isShared: false,
  start: (args, limit, env) => {
    const child = spawn('prlimit', [`--data=${limit}`, ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe']
    })
    return { child, figures: () => ({ peakBytes: null, kills: null }) }
  }
}

/** @returns {Kind | null} the nearest to a container that can be had here */
function memoryLimits() {
  if (process.platform !== 'linux') return null
  for (const version of VERSIONS) {
    const kind = groupKind(version)
    if (kind !== null) return kind
  }
  return spawnSync('prlimit', ['--version']).status === 0 ? resourceLimit : null
}

module.exports = { memoryLimits }
