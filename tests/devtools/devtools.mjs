// Chrome DevTools' heap-snapshot engine without a browser: a file in, its figures out.

import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

const here = path.dirname(fileURLToPath(import.meta.url))

// Newer than Node 20.
const POLYFILLS = `Promise.withResolvers ??= () => {
  let resolve, reject
  const promise = new Promise((...functions) => ([resolve, reject] = functions))
  return { promise, resolve, reject }
}
Array.prototype.toSorted ??= function (order) {
  return this.slice().sort(order)
}`

/** Bundles the engine, which is TypeScript that expects to be in DevTools; once. */
async function bundle() {
  const require = createRequire(import.meta.url)
  const root = path.dirname(require.resolve('chrome-devtools-frontend/package.json'))
  const worker = path.join(root, 'front_end/entrypoints/heap_snapshot_worker')
  const { version } = require('chrome-devtools-frontend/package.json')
  const outfile = path.join(here, `node_modules/.cache/devtools-${version}.mjs`)
  if (fs.existsSync(outfile)) return outfile
  const esbuild = await import('esbuild')
  const unfinished = `${outfile}.${process.pid}`
  const locales = `export const BUNDLED_LOCALES = ['en-US'], LOCALES = ['en-US'], DEFAULT_LOCALE = 'en-US',
    REMOTE_FETCH_PATTERN = '', LOCAL_FETCH_PATTERN = ''`
  await esbuild.build({
    stdin: {
      contents: `export { HeapSnapshotLoader } from ${JSON.stringify(path.join(worker, 'HeapSnapshotLoader.ts'))}
        export { SecondaryInitManager } from ${JSON.stringify(path.join(worker, 'HeapSnapshot.ts'))}`,
      resolveDir: here
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    banner: { js: POLYFILLS },
    outfile: unfinished,
    logLevel: 'error',
    plugins: [
      {
        name: 'locales', // generated while DevTools itself is built
        setup(build) {
          build.onResolve({ filter: /locales\.js$/ }, () => ({
            path: 'locales',
            namespace: 'locales'
          }))
          build.onLoad({ filter: /.*/, namespace: 'locales' }, () => ({ contents: locales }))
        }
      }
    ]
  })
  fs.renameSync(unfinished, outfile)
  return outfile
}

const engine = pathToFileURL(await bundle()).href
const { HeapSnapshotLoader } = await import(engine)

/** Loads the snapshot whose text arrives in the chunks of `stream`; with two threads, as in the browser. */
export async function load(stream) {
  const warn = console.warn
  console.warn = () => {}
  try {
    const loader = new HeapSnapshotLoader({ sendEvent() {} })
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      loader.write(decoder.decode(chunk, { stream: true }))
      await new Promise((resolve) => setImmediate(resolve))
    }
    loader.close()
    await loader.parsingComplete
    const { port1, port2 } = new MessageChannel()
    const second = new Worker(new URL('./second-thread.mjs', import.meta.url), {
      workerData: { engine, port: port2 },
      transferList: [port2]
    })
    const snapshot = await loader.buildSnapshot(port1)
    port1.close()
    await second.terminate()
    return snapshot
  } finally {
    console.warn = warn
  }
}

/** Distance of the nearest object of a class that something leads to. DevTools has -5 if nothing leads to one of them. */
export function nearest(snapshot, { idxs }) {
  const reached = idxs
    .map((index) => snapshot.nodeDistances[index / snapshot.nodeFieldCount])
    .filter((distance) => distance >= 0)
  return reached.length === 0 ? null : reached.reduce((a, b) => Math.min(a, b))
}

/** The figures of a snapshot, in the order of its nodes. */
export async function figures(stream) {
  const snapshot = await load(stream)
  const count = snapshot.nodeCount
  const fields = snapshot.nodeFieldCount
  const node = snapshot.createNode(0)
  const self = new Float64Array(count)
  const kinds = new Map() // public class key -> internal class keys that it stands for
  for (let i = 0; i < count; i++) {
    node.nodeIndex = i * fields
    self[i] = node.selfSize()
    if (self[i] === 0) continue
    const key = node.classKeyInternal()
    const name = typeof key === 'number' ? `,${snapshot.strings[key]}` : key
    kinds.set(name, (kinds.get(name) ?? new Set()).add(key))
  }
  const statistics = snapshot.getStatistics()
  return {
    self,
    retained: Float64Array.from(snapshot.retainedSizes),
    distance: Float64Array.from(snapshot.nodeDistances),
    dominator: Float64Array.from(snapshot.dominatorsTree),
    total: snapshot.retainedSizes[snapshot.rootNodeIndex / fields],
    edgeCount: snapshot.containmentEdges.length / snapshot.edgeFieldsCount,
    classes: Object.entries(snapshot.aggregatesWithFilter({})).map(([key, row]) => ({
      name: row.name,
      count: row.count,
      selfBytes: row.self,
      retainedBytes: row.maxRet,
      distance: nearest(snapshot, row),
      isAmbiguous: kinds.get(key)?.size > 1
    })),
    statistics: {
      total: statistics.total,
      native: statistics.native.total,
      typedArrays: statistics.native.typedArrays,
      v8heap: statistics.v8heap.total,
      code: statistics.v8heap.code,
      strings: statistics.v8heap.strings,
      jsArrays: statistics.v8heap.jsArrays,
      system: statistics.v8heap.system
    }
  }
}
