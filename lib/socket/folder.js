'use strict'

/**
 * The folder of the sockets: which one it is, whether it is private, and what is in it.
 *
 * Whoever can reach a socket can take a snapshot, which contains every string of the program. So
 * the folder is only used if nobody else can enter it. Nothing is created in, or removed from, a
 * folder that did not pass this check. If somebody can put another folder in its place, as in a
 * temporary folder of Kubernetes, the kernel still says who is at the other end (./connect.js);
 * where it does not, such a place is refused too.
 */

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

/** Permissions of anybody but the owner. */
const OTHERS = 0o077
const OTHERS_WRITE = 0o022
const STICKY = 0o1000
/** Bytes of a socket's path, including the final zero: 104 on macOS and BSD, 108 on Linux. */
const LONGEST_PATH = process.platform === 'linux' ? 108 : 104

const NAME = /^(\d{1,10})-[0-9a-f]{8}\.sock$/

/** Whether both ends of a socket can be asked for. */
const KNOWS_PEERS = process.platform === 'linux'

/** Returns why a folder must not be used by this user, or null. */
function faultOfFolder(folder, owner, knowsPeers = KNOWS_PEERS) {
  const stats = statsOf(folder)
  if (stats === null) return 'cannot be read'
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (!stats.isDirectory()) return 'is not a folder'
  if (stats.uid !== owner) return 'belongs to another user'
  if ((stats.mode & OTHERS) !== 0) {
    return `is open to others: its mode is ${modeOf(stats)}, and must be 700`
  }
  return knowsPeers ? null : faultOfParent(path.dirname(folder), owner)
}

/** Returns why somebody else could replace folders in this one, or null. */
function faultOfParent(parent, owner) {
  const stats = statsOf(parent, fs.statSync)
  if (stats === null) return `is in ${parent}, which cannot be read`
  if (stats.uid !== owner && stats.uid !== 0)
    return `is in ${parent}, which belongs to another user`
  const isOpen = (stats.mode & OTHERS_WRITE) !== 0 && (stats.mode & STICKY) === 0
  return isOpen ? `is in ${parent}, where others may replace it` : null
}

function statsOf(file, read = fs.lstatSync) {
  try {
    return read(file)
  } catch {
    return null
  }
}

function modeOf({ mode }) {
  return (mode & 0o777).toString(8)
}

/** Returns the folder in which this process creates its socket. */
function ownFolder(env = process.env) {
  const user = process.geteuid()
  const runtime = env.XDG_RUNTIME_DIR ?? ''
  // After `su` or in a container, it may be that of another user, or missing.
  if (path.isAbsolute(runtime) && statsOf(runtime, fs.statSync)?.uid === user) {
    return path.join(runtime, 'seep')
  }
  return path.join(os.tmpdir(), `seep-${user}`)
}

/**
 * Returns all folders in which sockets may be, with the user to whom each must belong. A service
 * may have other variables than the shell: systemd and containers set none. Root sees those of
 * everybody.
 *
 * @returns {{ folder: string, owner: number }[]}
 */
function knownFolders() {
  const user = process.geteuid()
  const temporary = [...new Set([os.tmpdir(), '/tmp'])]
  const own = [
    ownFolder(),
    `/run/user/${user}/seep`,
    ...temporary.map((it) => path.join(it, `seep-${user}`))
  ]
  const known = new Map(own.map((folder) => [folder, user]))
  if (user === 0) {
    for (const name of namesIn('/run/user')) {
      if (/^\d+$/.test(name)) known.set(`/run/user/${name}/seep`, Number(name))
    }
    for (const folder of temporary) {
      for (const name of namesIn(folder)) {
        const [, owner] = /^seep-(\d+)$/.exec(name) ?? []
        if (owner !== undefined) known.set(path.join(folder, name), Number(owner))
      }
    }
  }
  return [...known]
    .filter(([folder]) => statsOf(folder) !== null)
    .map(([folder, owner]) => ({ folder, owner }))
}

function namesIn(folder) {
  try {
    return fs.readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * Creates the folder of this process's socket, if there is none.
 *
 * @returns {string} the folder; throws if it cannot be used
 */
function prepareFolder() {
  const folder = ownFolder()
  try {
    fs.mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  const fault = faultOfFolder(folder, process.geteuid())
  if (fault !== null) throw new Error(`${folder} ${fault}`)
  return folder
}

/** Returns a path for a new socket. The random part keeps processes of several containers apart. */
function socketPath(folder) {
  const file = path.join(folder, `${process.pid}-${randomBytes(4).toString('hex')}.sock`)
  if (Buffer.byteLength(file) < LONGEST_PATH) return file
  throw new Error(`${file} is too long for the path of a socket`)
}

/**
 * Returns the sockets in a folder.
 *
 * @returns {{ path: string, pid: number }[]} `pid` is that of the name, in its own namespace
 */
function socketsIn(folder, owner) {
  return namesIn(folder).flatMap((name) => {
    const [, pid] = NAME.exec(name) ?? []
    if (pid === undefined) return []
    const file = path.join(folder, name)
    const stats = statsOf(file)
    return stats?.isSocket() && stats.uid === owner ? [{ path: file, pid: Number(pid) }] : []
  })
}

module.exports = { faultOfFolder, knownFolders, prepareFolder, socketPath, socketsIn }
