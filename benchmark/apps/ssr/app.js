'use strict'

/** Pages rendered on the server: some for each request, some kept and rendered anew after seconds, of a thousand products. */

const { between } = require('../../lib/random')

const PRODUCTS = 1000

module.exports = {
  title: 'pages rendered on the server (next 15.5.29)',
  packages: { next: '15.5.29', react: '19.2.9', 'react-dom': '19.2.9' },
  env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
  build: [['node_modules/next/dist/bin/next', 'build']],
  start: ({ port }) => ({ args: ['server.js', String(port)] }),
  ready: '/api/items?page=0',
  perSecond: 12,
  step(client, random) {
    const draw = random()
    // Some are asked for often, most seldom.
    const product = Math.floor(PRODUCTS * random() ** 3)
    if (draw < 0.15) return client.get('/')
    if (draw < 0.6) return client.get(`/product/${product}`)
    if (draw < 0.75) return client.get(`/search?q=${product}`)
    if (draw < 0.95) return client.get(`/api/items?page=${between(random, 0, 99)}`)
    return client.get(`/missing/${between(random, 0, 1e6)}`)
  },
  leak: { pathIncludes: ['pages'], leakedType: 'RenderedPage' }
}
