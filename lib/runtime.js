'use strict'

/** What the gate of walks asks of a process (src/walk/gate.rs). */
function runtimeVersions() {
  const { v8, electron, bun } = process.versions
  return { v8, electron, bun }
}

module.exports = { runtimeVersions }
