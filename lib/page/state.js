'use strict'

/** The data of a page as one JSON-safe object: `PageReport` in express.d.ts. */

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
 * Returns the data for a page about a report without a running process.
 *
 * @param {object} check
 * @param {string[]} [files] snapshot files that were compared
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
