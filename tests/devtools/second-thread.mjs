// The other thread of Chrome DevTools' engine, which works out part of the graph.

import { workerData } from 'node:worker_threads'

const { SecondaryInitManager } = await import(workerData.engine)
new SecondaryInitManager(workerData.port)
