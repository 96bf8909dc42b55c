'use strict'

/** Writes a snapshot after every second round: what someone has who took a few of a growing process. */

const path = require('node:path')
const v8 = require('node:v8')

async function begin({ folder }) {
  const files = []
  return {
    async look(round) {
      if (round % 2 === 0) return
      const file = path.join(folder, `${round}.heapsnapshot`)
      files.push(v8.writeHeapSnapshot(file))
    },
    async end() {
      return { files }
    }
  }
}

module.exports = { begin }
