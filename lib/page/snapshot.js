'use strict'

/** Sends a snapshot of the process as the response to a request. */

const { pipeline } = require('node:stream/promises')
const zlib = require('node:zlib')
const { snapshotPath } = require('../snapshot-path')
const { preferred } = require('./accept')

/** A client that takes nothing for this long has gone. */
const STALLED_MS = 60_000
const CHUNK_BYTES = 256 * 1024

/**
 * Takes a snapshot and sends it. Ends the capture and closes the file if the client goes away.
 *
 * @param {(signal: AbortSignal) => Promise<import('../live-snapshot').OpenSnapshot>} open
 * @param {{ headers: Record<string, string>, stalledMs?: number }} options
 * @returns {Promise<void>} rejects before anything has been sent if there is no snapshot
 */
async function sendSnapshot(req, res, open, { headers, stalledMs = STALLED_MS }) {
  const gone = new AbortController()
  const leave = () => gone.abort()
  res.once('close', leave)
  if (res.destroyed) leave()
  const snapshot = await open(gone.signal)
  try {
    if (gone.signal.aborted) return
    const coding = preferred(req.headers['accept-encoding'], ['identity', 'gzip'])
    const isZipped = coding === 'gzip'
    res.statusCode = 200
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    res.setHeader('Content-Type', 'application/octet-stream')
    res.setHeader('Content-Disposition', `attachment; filename="${snapshotPath('')}"`)
    res.setHeader('Vary', 'Accept-Encoding')
    // Of the file, whatever its length on the way.
    res.setHeader('X-Seep-Bytes', snapshot.bytes)
    if (isZipped) res.setHeader('Content-Encoding', 'gzip')
    else res.setHeader('Content-Length', snapshot.bytes)
    res.setTimeout(stalledMs, () => res.destroy())
    const source = snapshot.file.createReadStream({ highWaterMark: CHUNK_BYTES })
    // A higher level takes several times as long for a tenth less.
    const coders = isZipped ? [zlib.createGzip({ level: 1, chunkSize: CHUNK_BYTES })] : []
    await pipeline(source, ...coders, res)
  } catch (error) {
    // Of a client that has gone, there is nobody to tell.
    if (!gone.signal.aborted) throw error
  } finally {
    await snapshot.close()
  }
}

module.exports = { sendSnapshot }
