// The same types from an ES module.

import { type LeakDetector, start } from 'seep'
import 'seep/register'

const detector: LeakDetector = start({ gate: 'growth' })
detector.on('leak', ({ title }) => title.length)

// module.exports is the default import of a CommonJS package.
import seep from 'seep'

new seep.LeakDetector()
