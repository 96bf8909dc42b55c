// Compares seep's figures with those of Chrome DevTools; see README.md.

import assert from 'node:assert'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import zlib from 'node:zlib'
import { figures } from './devtools.mjs'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..')
const vectors = process.env.SEEP_VECTORS ?? path.join(root, 'target/release/examples/vectors')

/** seep's figures of `file`. */
function measure(file, folder) {
  const prefix = path.join(folder, 'seep')
  const json = execFileSync(vectors, [file, prefix], { maxBuffer: 1 << 30, encoding: 'utf8' })
  const read = (name) =>
    new Float64Array(new Uint8Array(fs.readFileSync(`${prefix}.${name}`)).buffer)
  return {
    ...JSON.parse(json),
    self: read('self'),
    retained: read('retained'),
    distance: read('distance'),
    dominator: read('dominator')
  }
}

/** Asserts that the vectors `ours` and `theirs` are equal. */
function compareVector(name, ours, theirs) {
  assert.strictEqual(ours.length, theirs.length, `${name}: length`)
  const at = ours.findIndex((value, i) => value !== theirs[i])
  assert.ok(at < 0, `${name} of node ${at}: ${ours[at]}, in DevTools ${theirs[at]}`)
}

/** Rows of the Summary view in an order of their own. */
function sorted(classes) {
  const rows = classes.map(({ name, count, selfBytes, retainedBytes, distance }) =>
    JSON.stringify([name, count, selfBytes, retainedBytes, distance])
  )
  return rows.sort()
}

async function compare(file) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-compare-'))
  try {
    const bytes = fs.createReadStream(file, { highWaterMark: 1 << 20 })
    const stream = file.endsWith('.gz') ? bytes.pipe(zlib.createGunzip()) : bytes
    const theirs = await figures(stream)
    const ours = measure(file, folder)
    for (const name of ['self', 'retained', 'distance', 'dominator']) {
      compareVector(name, ours[name], theirs[name])
    }
    assert.strictEqual(ours.edgeCount, theirs.edgeCount, 'edges')
    assert.strictEqual(ours.totalBytes, theirs.total, 'total')
    assert.deepStrictEqual(ours.statistics, theirs.statistics, 'statistics')
    // Of classes that share a name DevTools shows one.
    const ambiguous = new Set(
      theirs.classes.filter((row) => row.isAmbiguous).map((row) => row.name)
    )
    const isClear = (row) => !ambiguous.has(row.name)
    assert.deepStrictEqual(
      sorted(ours.classes.filter(isClear)),
      sorted(theirs.classes.filter(isClear))
    )
    const shown = new Set(sorted(ours.classes))
    for (const row of sorted(theirs.classes)) assert.ok(shown.has(row), `row ${row}`)
    const biggest = Array.from(theirs.retained)
      .sort((a, b) => b - a)
      .slice(0, 100)
    assert.deepStrictEqual(
      ours.dominators.map((row) => row.retainedBytes),
      biggest,
      'biggest'
    )
    console.log(
      `${path.basename(file)}: ${ours.nodeCount} nodes, ${ours.classes.length} classes, all equal`
    )
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

for (const file of process.argv.slice(2)) await compare(file)
