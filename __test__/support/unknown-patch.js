'use strict'

/** Loaded before seep: the patch of V8 is one that no test has run on. */

const runtime = require('../../lib/runtime')

const { runtimeVersions } = runtime
runtime.runtimeVersions = () => {
  const versions = runtimeVersions()
  return { ...versions, v8: `${versions.v8}.unknown` }
}
