'use strict'

/** Returns the versions that the gate of walks checks (src/walk/gate.rs). */
function runtimeVersions() {
  const { v8, electron, bun } = process.versions
  return { v8, electron, bun }
}

module.exports = { runtimeVersions }
