'use strict'

/** `seep open FILE ...`: shows what is in snapshot files, or in a running process, in a browser. */

const { spawn } = require('node:child_process')
const fs = require('node:fs/promises')
const path = require('node:path')
const { withCode } = require('../errors')
const { plural, visible } = require('../describe')
const { parseCommand } = require('./arguments')
const { fetchSnapshot, isPageUrl, readHeaders } = require('./open-live')
const { takeSnapshot } = require('./snapshot')
const { temporaryFolder } = require('./temporary-folder')
const { showProgress } = require('./progress')
const { checkDistinct, checkOrder } = require('./snapshot-files')

const OPTIONS = {
  'no-browser': { type: 'boolean', default: false },
  port: { type: 'string', default: '0' },
  contents: { type: 'boolean', default: false },
  header: { type: 'string', multiple: true, default: [] },
  'keep-order': { type: 'boolean', default: false },
  idle: { type: 'string', default: '60' }
}

const MOST_IDLE_MINUTES = 10_080
const PORT = 'a port from 0 to 65535 (0 picks a free one)'
const IDLE = `a number of minutes from 0 to ${MOST_IDLE_MINUTES} (0 never ends)`

function usage(message) {
  return withCode(new Error(message), 'ERR_USAGE')
}

/** Reads a whole number of an option. */
function readNumber(name, text, most, what) {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw usage(`--${name} must be ${what}, not "${text}"`)
}

/** Refuses what cannot be opened before a browser is started for it. */
async function checkReadable(file) {
  try {
    const stats = await fs.stat(file)
    if (stats.isFile()) return await fs.access(file, fs.constants.R_OK)
  } catch (error) {
    throw withCode(new Error(`${visible(file)} cannot be read: ${error.message}`), 'ERR_FILE_OS')
  }
  throw usage(`${visible(file)} is not a file`)
}

async function checkFiles(files, isLive, keepOrder) {
  if (files.length === 0 && !isLive)
    throw usage('expected a snapshot file, or several, oldest first')
  for (const file of files) await checkReadable(file)
  await checkDistinct(files)
  if (!keepOrder) await checkOrder(files)
}

/** Whether an argument is the number of a running process, as `seep ps` shows it. A file of that name comes first. */
async function isProcess(text) {
  if (!/^\d{1,10}(:\d{1,10})?$/.test(text)) return false
  return fs.access(text).then(
    () => false,
    () => true
  )
}

/** Takes a snapshot of a running process of this user, into a file that is removed at the end. */
async function fetchFromProcess(name) {
  const { findProcess } = require('../socket/client')
  const running = await findProcess(name)
  const folder = temporaryFolder()
  const file = path.join(folder.path, `process.${name.replace(':', '.')}.heapsnapshot`)
  try {
    await takeSnapshot(running, file)
    return file
  } catch (error) {
    folder.remove()
    throw error
  }
}

/** Fetches a snapshot through a status page, and shows how far that is. */
async function fetchWithProgress(url, headers) {
  let now = { doneBytes: null, totalBytes: null }
  const endProgress = showProgress(
    () => (now.totalBytes > 0 ? now.doneBytes / now.totalBytes : -1),
    () => 'the process takes a snapshot'
  )
  const onProgress = (progress) => {
    now = progress
  }
  return fetchSnapshot(url, { headers, onProgress }).finally(endProgress)
}

/** Returns a function that takes the snapshot that an argument stands for; null if it is a file. */
async function fetcherOf(it, headers) {
  if (isPageUrl(it)) return () => fetchWithProgress(it, headers)
  return (await isProcess(it)) ? () => fetchFromProcess(it) : null
}

/** The program that opens an address in the user's browser. */
function opener(url) {
  if (process.platform === 'darwin') return ['open', [url]]
  // The first quoted argument of `start` is a title.
  if (process.platform === 'win32') return ['cmd', ['/c', 'start', '""', url]]
  return ['xdg-open', [url]]
}

/** Opens the address; the printed address remains for the user if that does not work. */
function openBrowser(url) {
  const [command, args] = opener(url)
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.on('error', () => {
    process.stderr.write(`seep open: ${command} is not there; open the address yourself\n`)
  })
  child.unref()
}

/** Resolves when a signal or idleness ends the command; says why. */
function untilEnded(idle) {
  return new Promise((resolve) => {
    idle.then(() => resolve('idle'))
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => resolve(name))
  })
}

async function main(args) {
  const { values, positionals } = parseCommand('open', args, OPTIONS)
  const port = readNumber('port', values.port, 65_535, PORT)
  const minutes = readNumber('idle', values.idle, MOST_IDLE_MINUTES, IDLE)
  const headers = readHeaders(values.header)
  const hasPage = positionals.some(isPageUrl)
  if (values.header.length > 0 && !hasPage) throw usage('--header is for the address of a page')
  const sources = []
  for (const it of positionals) sources.push({ it, fetch: await fetcherOf(it, headers) })
  const given = sources.filter(({ fetch }) => fetch === null).map(({ it }) => it)
  await checkFiles(given, given.length < sources.length, values['keep-order'])
  const { Explorer } = require('../explorer/server')
  const files = []
  for (const { it, fetch } of sources) files.push(fetch === null ? path.resolve(it) : await fetch())
  let onIdle
  const idle = new Promise((resolve) => {
    onIdle = resolve
  })
  const explorer = new Explorer(files, {
    contents: values.contents,
    idleMs: minutes * 60_000,
    onIdle
  })
  const url = await explorer.listen(port)
  const ended = untilEnded(idle)
  explorer.prepare()
  process.stdout.write(`${url}\nPress Ctrl-C to end.\n`)
  if (!values['no-browser']) openBrowser(url)
  if ((await ended) === 'idle') {
    process.stderr.write(`seep open: ended, nobody looked for ${plural(minutes, 'minute')}\n`)
  }
  await explorer.close()
}

module.exports = { OPTIONS, main }
