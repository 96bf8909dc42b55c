'use strict'

/** Writes what memlab wants: a snapshot before, one after some rounds, and one at the end. */

const path = require('node:path')
const v8 = require('node:v8')

async function begin({ folder }) {
  const files = { baseline: '1', target: '2', final: '3' }
  for (const key of Object.keys(files))
    files[key] = path.join(folder, `s${files[key]}.heapsnapshot`)
  v8.writeHeapSnapshot(files.baseline)
  return {
    async look(round) {
      if (round === 5) v8.writeHeapSnapshot(files.target)
      if (round === 7) v8.writeHeapSnapshot(files.final)
    },
    async end() {
      return files
    }
  }
}

module.exports = { begin }
