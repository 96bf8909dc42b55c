'use strict'

/** Loaded before seep: heaps cannot be walked, as with a Node that nobody has tested. */

require('../../lib/walk-probes').makeProbes = () => []
