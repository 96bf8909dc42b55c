'use strict'

/** The server of `seep open`, asked as a browser would. */

const http = require('node:http')
const path = require('node:path')
const { Explorer } = require('../../lib/explorer/server')
const { ROOT, runNode } = require('./program')

/** Writes the snapshots of `fixtures/sessions.js`; oldest first. */
async function writeSessions(folder) {
  const { code, stderr } = await runNode([
    path.join(ROOT, '__test__', 'fixtures', 'sessions.js'),
    folder
  ])
  if (code !== 0) throw new Error(stderr)
  return [1, 2, 3, 4].map((n) => path.join(folder, `${n}.heapsnapshot`))
}

/** Sends one request, with all headers as given: fetch() would set Host and others itself. */
function request(url, { method = 'GET', headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => {
        text += part
      })
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, text })
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/**
 * Starts a server that is closed when `t` ends.
 *
 * @returns {Promise<{ url: string, origin: string, cookie: string, ask: (path: string) => Promise<{ status: number, body: any }> }>}
 */
async function explore(t, files, options = {}) {
  const explorer = new Explorer(files, { contents: false, idleMs: 0, onIdle() {}, ...options })
  const url = await explorer.listen(0)
  t.after(() => explorer.close())
  const { origin } = new URL(url)
  const { headers } = await request(url)
  const cookie = headers['set-cookie'][0].split(';')[0]
  return {
    url,
    origin,
    cookie,
    async ask(where) {
      const { status, text } = await request(`${origin}${where}`, { headers: { Cookie: cookie } })
      return { status, body: JSON.parse(text) }
    }
  }
}

module.exports = { explore, request, writeSessions }
