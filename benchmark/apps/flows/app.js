'use strict'

/** Flows of messages: endpoints, switches, templates, splits and joins, delays, and a clock. */

const fs = require('node:fs')
const path = require('node:path')
const { between } = require('../../lib/random')

module.exports = {
  title: 'flows of messages (node-red 4.1.8)',
  packages: { 'node-red': '4.1.8' },
  start({ folder, work, port }) {
    for (const name of ['flows.json', 'settings.js']) {
      fs.copyFileSync(path.join(folder, name), path.join(work, name))
    }
    fs.cpSync(path.join(folder, 'nodes'), path.join(work, 'nodes'), { recursive: true })
    const program = path.join(folder, 'node_modules/node-red/red.js')
    const args = [program, '--userDir', work, '--settings', path.join(work, 'settings.js')]
    return { args: [...args, '--port', String(port), 'flows.json'] }
  },
  ready: '/page?name=ready',
  perSecond: 15,
  step(client, random) {
    const draw = random()
    const id = between(random, 0, 1e6)
    if (draw < 0.4) return client.get(`/page?name=visitor-${id}`)
    if (draw < 0.8)
      return client.post('/orders', {
        id,
        lines: [
          { item: id % 50, count: 2 },
          { item: 7, count: 1 }
        ]
      })
    if (draw < 0.9) return client.get('/totals')
    if (draw < 0.95) return client.get('/admin/flows')
    return client.get(`/missing/${id}`)
  },
  leak: { pathIncludes: ['envelopes'], leakedType: 'Envelope' }
}
