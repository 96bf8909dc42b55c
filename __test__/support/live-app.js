'use strict'

/** A running app whose status page may offer snapshots (fixtures/live-app.js). */

const { fork } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { cleanEnvironment } = require('./program')

const APP = path.join(__dirname, '..', 'fixtures', 'live-app.js')

/**
 * Starts the app; it ends with the test.
 *
 * @param {{ page?: object, detector?: object, env?: object }} [options]
 */
async function startApp(t, { page = { allowSnapshot: true }, detector = {}, env = {} } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'seep-live-'))
  const child = fork(APP, [JSON.stringify({ page, detector })], {
    env: cleanEnvironment({ TMPDIR: folder, ...env }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    fs.rmSync(folder, { recursive: true })
  })
  const [port] = await once(child, 'message')
  const asked = async (what) => {
    child.send(what)
    return (await once(child, 'message'))[0]
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    /** Names of what it has left in its temporary folder. */
    files: () => fs.readdirSync(folder),
    /** Ids of its children; Linux only. */
    children: () => childrenOf(child.pid),
    status: () => asked('status'),
    stop: () => asked('stop')
  }
}

function childrenOf(pid) {
  const tasks = `/proc/${pid}/task`
  const lists = fs.readdirSync(tasks).map((task) => {
    try {
      return fs.readFileSync(path.join(tasks, task, 'children'), 'utf8')
    } catch {
      return '' // a thread that has just ended
    }
  })
  return lists.join(' ').split(' ').filter(Boolean)
}

/** Resolves when a condition holds. */
async function until(holds) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}

module.exports = { childrenOf, startApp, until }
