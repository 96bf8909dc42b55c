'use strict'

/**
 * Starts a local package registry with the given packages. Installing from it works like
 * installing published packages.
 */

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const http = require('node:http')

/** Returns the metadata of a package with its only version. */
function packument({ manifest, tarball }, origin) {
  const integrity = createHash('sha512').update(fs.readFileSync(tarball)).digest('base64')
  const dist = { integrity: `sha512-${integrity}`, tarball: `${origin}/-/${manifest.name}.tgz` }
  return {
    name: manifest.name,
    'dist-tags': { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } }
  }
}

/**
 * @param {{ manifest: object, tarball: string }[]} packages
 * @returns {Promise<{ origin: string, asked: string[], close: () => void }>} `asked`: tarballs that were fetched
 */
function serve(packages) {
  const byName = new Map(packages.map((one) => [one.manifest.name, one]))
  const asked = []
  const server = http.createServer((req, res) => {
    const [, isTarball, name] = /^\/(-\/)?([^/]+?)(?:\.tgz)?$/.exec(req.url) ?? []
    const found = byName.get(name)
    if (found === undefined) {
      res.statusCode = 404
      return void res.end('{}')
    }
    if (!isTarball)
      return void res.end(JSON.stringify(packument(found, `http://${req.headers.host}`)))
    asked.push(name)
    fs.createReadStream(found.tarball).pipe(res)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const origin = `http://127.0.0.1:${server.address().port}`
      const close = () => {
        server.close()
        server.closeAllConnections()
      }
      resolve({ origin, asked, close })
    })
  })
}

module.exports = { serve }
