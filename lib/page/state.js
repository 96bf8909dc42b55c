'use strict'

/** All that a page shows, as one JSON-safe object: `PageReport` in express.d.ts. */

const os = require('node:os')
const path = require('node:path')
const { version } = require('../../package.json')

/** @param {object} status a DetectorStatus @param {import('./history').History | null} history null when disabled */
function pageState({ lastCheck, ...status }, history) {
  return {
    ...emptyState(),
    process: {
      pid: process.pid,
      host: os.hostname(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      startedAt: new Date(Date.now() - process.uptime() * 1000).toISOString()
    },
    status,
    check: history?.lastCheck ?? lastCheck,
    ...history?.figures()
  }
}

/**
 * The page of a report that no running process stands behind.
 *
 * @param {object} check
 * @param {string[]} [files] the snapshot files that it compares
 */
function reportState(check, files) {
  return { ...emptyState(), check, files: files?.map((file) => path.basename(file)) ?? null }
}

function emptyState() {
  return {
    schemaVersion: 1,
    seep: version,
    at: new Date().toISOString(),
    process: null,
    files: null,
    status: null,
    check: null,
    memory: null,
    rounds: [],
    earlier: []
  }
}

module.exports = { pageState, reportState }
