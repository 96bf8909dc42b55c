'use strict'

/** Returns the number of loaded CommonJS modules. Node does not report the number of ES modules. */
function loadedModules() {
  return Object.keys(require.cache ?? {}).length
}

module.exports = { loadedModules }
