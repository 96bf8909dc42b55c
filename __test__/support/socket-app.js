'use strict'

/** Starts services with a socket (fixtures/socket-app.js) in a folder of their own. */

const { fork } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { cleanEnvironment } = require('./program')

const APP = path.join(__dirname, '..', 'fixtures', 'socket-app.js')

/** Creates a folder for sockets, which this process looks into as well until the test ends. */
function runtimeFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-rt-'))
  const before = process.env.XDG_RUNTIME_DIR
  process.env.XDG_RUNTIME_DIR = folder
  t.after(() => {
    if (before === undefined) delete process.env.XDG_RUNTIME_DIR
    else process.env.XDG_RUNTIME_DIR = before
    fs.rmSync(folder, { recursive: true, force: true })
  })
  return { runtime: folder, sockets: path.join(folder, 'seep') }
}

/** @param {{ detector?: object, workers?: number, thread?: boolean }} [options] */
async function startService(t, options = {}) {
  const child = fork(APP, [JSON.stringify(options)], {
    env: cleanEnvironment({}),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc']
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text
    })
  }
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [first] = await once(child, 'message')
  return {
    child,
    first,
    pid: child.pid,
    ended,
    printed: () => printed,
    async ask(what) {
      child.send(what)
      return (await once(child, 'message'))[0].answer
    }
  }
}

/** The names in a folder; none if it is not there. */
function namesIn(folder) {
  return fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []
}

module.exports = { namesIn, runtimeFolder, startService }
