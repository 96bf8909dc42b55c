'use strict'

/** A CMS with its database: visitors read pages and feeds, editors write through its interface. */

const fs = require('node:fs')
const path = require('node:path')
const { between } = require('../../lib/random')

const POSTS = 40
const EDITOR = { name: 'Editor', email: 'editor@example.org', password: 'a-long-password-9' }
const ADMIN = '/ghost/api/admin'

const slugs = []

/** An editor's request: it must come from the site itself. */
const asEditor = (client) => ({ headers: { origin: `http://127.0.0.1:${client.port}` } })

function postOf(number) {
  const paragraph = `<p>${'What there is to say about it. '.repeat(20)}</p>`
  return {
    title: `Post ${number}`,
    status: 'published',
    html: paragraph.repeat(10),
    tags: [`Tag ${number % 8}`]
  }
}

async function write(client, number) {
  const body = { posts: [postOf(number)] }
  const answer = await client.post(`${ADMIN}/posts/?source=html`, body, asEditor(client))
  if (answer.status === 201) slugs.push(JSON.parse(answer.text).posts[0].slug)
  return answer
}

module.exports = {
  title: 'CMS with SQLite (ghost 5.130.6)',
  packages: { ghost: '5.130.6' },
  unpacks: true,
  start({ folder, work, port }) {
    const ghost = path.join(folder, 'package')
    const content = path.join(work, 'content')
    fs.cpSync(path.join(ghost, 'content'), content, { recursive: true })
    slugs.length = 0
    const settings = {
      url: `http://127.0.0.1:${port}`,
      server: { host: '127.0.0.1', port },
      database: {
        client: 'sqlite3',
        connection: { filename: path.join(work, 'ghost.db') },
        useNullAsDefault: true
      },
      paths: { contentPath: content },
      mail: { transport: 'stub' },
      logging: { level: 'error', transports: ['stdout'] },
      security: { staffDeviceVerification: false },
      privacy: { useUpdateCheck: false, useGravatar: false, useRpcPing: false, useTinfoil: true }
    }
    fs.writeFileSync(path.join(work, 'config.production.json'), JSON.stringify(settings))
    fs.symlinkSync(ghost, path.join(work, 'current'))
    return { args: [path.join(ghost, 'index.js')], cwd: work, env: { NODE_ENV: 'production' } }
  },
  ready: '/',
  perSecond: 5,
  async setUp(client) {
    const setup = [{ ...EDITOR, blogTitle: 'A site' }]
    await client.post(`${ADMIN}/authentication/setup/`, { setup }, asEditor(client))
    const { email: username, password } = EDITOR
    const session = await client.post(`${ADMIN}/session/`, { username, password }, asEditor(client))
    if (session.status !== 201) throw new Error(`no session: ${session.status} ${session.text}`)
    client.keepCookie(session)
    for (let i = 0; i < POSTS; i++) await write(client, i)
  },
  step(client, random) {
    const draw = random()
    if (draw < 0.45) return client.get(`/${slugs[between(random, 0, slugs.length - 1)]}/`)
    if (draw < 0.6) return client.get(`/page/${between(random, 1, 3)}/`)
    if (draw < 0.7) return client.get(`/tag/tag-${between(random, 0, 7)}/`)
    if (draw < 0.78) return client.get('/rss/')
    if (draw < 0.83) return client.get('/sitemap-posts.xml')
    if (draw < 0.93) return client.get(`${ADMIN}/posts/?limit=15`, asEditor(client))
    if (draw < 0.97) return client.get(`/missing-${between(random, 0, 1e6)}/`)
    return write(client, slugs.length)
  },
  leak: { pathIncludes: ['views'], leakedType: 'PageView' }
}
