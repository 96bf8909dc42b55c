'use strict'

/** An npm registry with packages of its own: clients read, search, download, and publish now and then. */

const fs = require('node:fs')
const path = require('node:path')
const { between } = require('../../lib/random')

const PACKAGES = 40
const TARBALL_BYTES = 20_000
/** A package of so many versions gets no more. */
const VERSIONS = 20

const nameOf = (i) => `package-${i}`
const published = new Map()

function publish(client, name) {
  const version = `1.${published.get(name) ?? 0}.0`
  published.set(name, (published.get(name) ?? 0) + 1)
  const file = `${name}-${version}.tgz`
  const data = Buffer.alloc(TARBALL_BYTES, name)
  return client.put(`/${name}`, {
    _id: name,
    name,
    description: `About ${name}`,
    'dist-tags': { latest: version },
    versions: {
      [version]: {
        name,
        version,
        description: `About ${name}`,
        readme: `# ${name}`,
        dist: { tarball: `http://127.0.0.1:${client.port}/${name}/-/${file}`, shasum: 'none' }
      }
    },
    _attachments: {
      [file]: {
        content_type: 'application/octet-stream',
        data: data.toString('base64'),
        length: data.length
      }
    }
  })
}

const CONFIGURATION = `
storage: ./storage
auth: { htpasswd: { file: ./htpasswd } }
packages: { '**': { access: $all, publish: $all, unpublish: $all } }
log: { type: stdout, format: json, level: warn }
`

module.exports = {
  title: 'npm registry (verdaccio 6.8.0)',
  packages: { verdaccio: '6.8.0' },
  // One of its packages asks for a tag that is gone.
  overrides: { 'node-fetch': '2.7.0' },
  start({ folder, work, port }) {
    const configuration = path.join(work, 'config.yaml')
    fs.writeFileSync(configuration, CONFIGURATION)
    published.clear()
    const program = path.join(folder, 'node_modules/verdaccio/bin/verdaccio')
    return {
      args: [program, '--config', configuration, '--listen', `127.0.0.1:${port}`],
      cwd: work
    }
  },
  ready: '/-/ping',
  perSecond: 15,
  async setUp(client) {
    for (let i = 0; i < PACKAGES; i++) await publish(client, nameOf(i))
  },
  step(client, random) {
    const name = nameOf(between(random, 0, PACKAGES - 1))
    const draw = random()
    if (draw < 0.45) return client.get(`/${name}`)
    if (draw < 0.7) return client.get(`/${name}/-/${name}-1.0.0.tgz`)
    if (draw < 0.8) return client.get(`/-/v1/search?text=package-${between(random, 0, 9)}`)
    if (draw < 0.9) return client.get(`/-/package/${name}/dist-tags`)
    if (draw < 0.95 || published.get(name) >= VERSIONS) return client.get(`/missing-${name}`)
    return publish(client, name)
  },
  leak: { pathIncludes: ['downloads'], leakedType: 'Download' }
}
