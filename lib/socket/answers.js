'use strict'

/** What the socket answers with. `index.d.ts` of the package does not have these: they are for seep's own commands. */

const path = require('node:path')
const { isMainThread, threadId } = require('node:worker_threads')
const { version } = require('../../package.json')
const { memoryUsage } = require('../memory-usage')
const { growthOf } = require('../metrics')
const { pageState } = require('../page/state')

/** Changes when an answer no longer means what it meant. A new field is no reason. */
const PROTOCOL = 1

/** Longer than the time between two samples of the history. */
const LATEST_MS = 10_000

/** Returns who this process is. */
function helloOf() {
  return {
    protocol: PROTOCOL,
    seep: version,
    node: process.versions.node,
    pid: process.pid,
    /** 0 in the main thread. */
    thread: isMainThread ? 0 : threadId,
    parentPid: process.ppid,
    program: programOf(),
    startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString()
  }
}

/** Returns the script as a person would start it, if it is below the working directory. */
function programOf() {
  const [node, script] = process.argv
  if (script === undefined) return path.basename(node)
  let from
  try {
    from = path.relative(process.cwd(), script)
  } catch {
    // The working directory is gone.
  }
  return from === undefined || from === '' || from.startsWith('..') ? script : from
}

/** Returns the figures of `seep ps`. */
function statusOf({ status, history }) {
  const { lastCheck, options, ...figures } = status()
  const usage = memoryUsage()
  const latest = history.samplesAfter(Date.now() - LATEST_MS)
  return {
    ...helloOf(),
    at: new Date().toISOString(),
    memory: {
      rssBytes: usage.rss,
      heapUsedBytes: usage.heapUsed,
      externalBytes: usage.external,
      floorBytes: latest?.floorBytes.at(-1) ?? figures.floorBytes
    },
    /** Changes when there is more in the report. */
    revision: history.revision,
    verdict: lastCheck?.verdict ?? null,
    checkedAt: lastCheck?.at ?? null,
    leaks: lastCheck?.leaks.length ?? 0,
    suspects: lastCheck?.suspects.length ?? 0,
    growthBytesPerHour: lastCheck === null ? null : growthOf(lastCheck),
    detector: { ...figures, intervalMs: options.intervalMs }
  }
}

/** Returns everything that the status page shows. */
function reportOf({ status, history }) {
  return { ...helloOf(), ...pageState(status(), history) }
}

module.exports = { PROTOCOL, helloOf, reportOf, statusOf }
