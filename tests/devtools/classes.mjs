// Chrome DevTools' engine on one file, for the benchmark: rows of the Summary view.

import fs from 'node:fs'
import { load } from './devtools.mjs'

const snapshot = await load(fs.createReadStream(process.argv[2], { highWaterMark: 1 << 20 }))
console.log(Object.keys(snapshot.aggregatesWithFilter({})).length, snapshot.totalSize)
process.exit(0)
