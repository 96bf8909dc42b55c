'use strict'

/**
 * Required before seep in the process of an application: writes what the detector says to descriptor 3, an object a line.
 *
 * Processes that the application forks inherit this, but not the descriptor: only the application itself is asked.
 */

const { subscribe } = require('node:diagnostics_channel')
const fs = require('node:fs')

const OUT = 3

function isConnected() {
  try {
    return fs.fstatSync(OUT).isFIFO() || fs.fstatSync(OUT).isSocket()
  } catch {
    return false
  }
}

if (process.env.SEEP_APP === String(process.ppid) && isConnected()) {
  const tell = (line) => fs.writeSync(OUT, `${JSON.stringify(line)}\n`)
  subscribe('seep:leak', ({ leak }) => tell({ leak }))
  subscribe('seep:skip', ({ skip }) => tell({ skip: skip.code }))
  subscribe('seep:check', ({ detector, check }) => {
    const { options, cpuMsLeftToday } = detector.status()
    tell({
      check: {
        verdict: check.verdict,
        suspects: check.suspects.map(({ title }) => title),
        heapBytes: check.memory.heapUsedBytes,
        native: check.native
      },
      spentMs: options.maxDailyCpuMs - cpuMsLeftToday
    })
  })
}
