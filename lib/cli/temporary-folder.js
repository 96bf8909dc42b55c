'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** Creates a folder that is removed with everything in it when the process ends. */
function temporaryFolder() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-open-'))
  const remove = () => {
    process.off('exit', remove)
    for (const [name, onSignal] of signals) process.off(name, onSignal)
    fs.rmSync(folder, { recursive: true, force: true })
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => {
    const onSignal = () => {
      remove()
      // Node does not end for a signal that somebody listens to.
      if (process.listenerCount(name) === 0) process.kill(process.pid, name)
    }
    return [name, onSignal]
  })
  process.once('exit', remove)
  for (const [name, onSignal] of signals) process.once(name, onSignal)
  return { path: folder, remove }
}

module.exports = { temporaryFolder }
