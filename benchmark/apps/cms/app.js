'use strict'

/** A CMS with its database: visitors read articles by pages, filters and search, editors write and remove them. */

const path = require('node:path')
const { between } = require('../../lib/random')

const ARTICLES = 100
/** So many are left when editors write and remove. */
const MOST = 150

const written = []

const articleOf = (number) => ({
  title: `Article ${number}`,
  section: `section-${number % 8}`,
  text: `<p>${'What there is to say about it. '.repeat(20)}</p>`.repeat(5)
})

async function write(client, number) {
  const answer = await client.post('/api/articles', { data: articleOf(number) })
  if (answer.status < 300) written.push(JSON.parse(answer.text).data.documentId)
  return answer
}

module.exports = {
  title: 'CMS with SQLite (@strapi/strapi 5.54.0)',
  packages: {
    '@strapi/strapi': '5.54.0',
    'better-sqlite3': '12.6.2',
    react: '18.3.1',
    'react-dom': '18.3.1',
    'react-router-dom': '6.30.3',
    'styled-components': '6.1.19'
  },
  env: { NODE_ENV: 'production', STRAPI_TELEMETRY_DISABLED: 'true' },
  start({ work, port }) {
    written.length = 0
    const env = { PORT: String(port), DATABASE_FILE: path.join(work, 'cms.db') }
    return { args: ['server.js'], env }
  },
  ready: '/_health',
  perSecond: 10,
  async setUp(client) {
    for (let i = 0; i < ARTICLES; i++) await write(client, i)
  },
  step(client, random) {
    const draw = random()
    const one = between(random, 0, written.length - 1)
    if (draw < 0.4) return client.get(`/api/articles/${written[one]}`)
    if (draw < 0.65)
      return client.get(`/api/articles?pagination[page]=${between(random, 1, 10)}&sort=title`)
    if (draw < 0.8) return client.get(`/api/articles?filters[section][$eq]=section-${one % 8}`)
    if (draw < 0.85) return client.get(`/api/missing-${one}`)
    if (draw < 0.93) return client.put(`/api/articles/${written[one]}`, { data: articleOf(one) })
    if (written.length < MOST) return write(client, between(random, 0, 1e6))
    return client.send('DELETE', `/api/articles/${written.splice(one, 1)[0]}`)
  },
  leak: { pathIncludes: ['views'], leakedType: 'PageView' }
}
