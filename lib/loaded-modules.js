'use strict'

/** How many CommonJS modules are loaded. Node does not say how many ES modules are. */
function loadedModules() {
  return Object.keys(require.cache ?? {}).length
}

module.exports = { loadedModules }
