'use strict'

/**
 * Snapshots that are handed on to somebody outside of the process, one at a time.
 *
 * To a page, which may be far away, the forked child does not write to the connection but to a
 * file: so it lives for seconds however slow the reader is, and a capture that fails does so before
 * the first byte is sent. The file loses its name as soon as it is complete, and its bytes when it
 * is closed. A reader on this machine is sent its snapshot directly.
 */

const { randomUUID } = require('node:crypto')
const fs = require('node:fs/promises')
const os = require('node:os')
const path = require('node:path')
const { withCode } = require('./errors')
const inert = require('./inert')
const { memoryUsage } = require('./memory-usage')
const { ReportFolder } = require('./report-folder')

/** Bytes of a file per byte of used heap: 1 to 2, and 4 if the heap is mostly references. */
const FILE_PER_HEAP = 2
/** Types of file systems that keep files in memory: tmpfs and ramfs. */
const IN_MEMORY = new Set([0x01021994, 0x858458f6])

/** @typedef {{ file: import('node:fs/promises').FileHandle, bytes: number, close: () => Promise<void> }} OpenSnapshot */

class LiveSnapshots {
  #makeRounds
  #folder
  #memoryShare
  #isBusy = false
  #rounds = null

  /**
   * @param {() => import('./watch').Rounds} makeRounds rounds of its own for each snapshot: they can be stopped without any
   *   other
   * @param {{ reportDir: string | null, maxHeadroomFraction: number }} options
   */
  constructor(makeRounds, { reportDir, maxHeadroomFraction }) {
    this.#makeRounds = makeRounds
    this.#folder = reportDir ?? os.tmpdir()
    this.#memoryShare = maxHeadroomFraction
  }

  /**
   * Takes a snapshot. The next one can be taken when it is closed.
   *
   * @param {AbortSignal} signal ends the capture, and its child
   * @returns {Promise<OpenSnapshot>} rejects with the code of the skip
   */
  async open(signal) {
    this.#begin()
    try {
      const file = await this.#take(signal)
      const { size } = await file.stat()
      const close = async () => {
        await file.close()
        this.#isBusy = false
      }
      return { file, bytes: size, close }
    } catch (error) {
      this.#isBusy = false
      throw error
    }
  }

  /**
   * Sends a snapshot straight to a reader on this machine (src/detector/outlet.rs), without a file.
   *
   * @param {number} descriptor of the reader's socket
   * @param {string} head
   * @param {AbortSignal} signal ends the capture, and its child
   * @returns {ReturnType<import('./rounds').Rounds['sendSnapshot']>} rejects if there is another one
   */
  async send(descriptor, head, signal) {
    this.#begin()
    try {
      return await this.#inRounds(signal, (rounds) => rounds.sendSnapshot(descriptor, head))
    } finally {
      this.#isBusy = false
    }
  }

  /** Ends the capture that is running. */
  async end() {
    await this.#rounds?.stop()
  }

  #begin() {
    if (this.#isBusy) {
      const reason = 'another one is being taken or downloaded'
      throw inert.refusal(reason, 'ERR_CAPTURE_IN_PROGRESS')
    }
    this.#isBusy = true
  }

  /** Calls `take` with rounds that the signal ends. */
  async #inRounds(signal, take) {
    const rounds = this.#makeRounds()
    this.#rounds = rounds
    const cancel = () => void rounds.stop()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      if (signal.aborted) throw inert.refusal('nobody waits for it', 'ERR_ABORTED')
      return await take(rounds)
    } finally {
      signal.removeEventListener('abort', cancel)
      await rounds.stop()
      this.#rounds = null
    }
  }

  async #take(signal) {
    const folder = new ReportFolder(this.#folder)
    // If this fails, writing the file fails too, with a code.
    await folder.make().catch(() => {})
    await folder.clean()
    await this.#checkRoom()
    // The name is one that `clean()` knows, in case the process is killed before the file has lost it.
    const target = path.join(this.#folder, `.seep-${randomUUID()}.tmp`)
    return this.#inRounds(signal, async (rounds) => {
      try {
        await rounds.writeSnapshot(target)
        return await fs.open(target, 'r').catch((error) => {
          throw withCode(new Error(`the snapshot cannot be read: ${error.message}`), 'ERR_FILE_OS')
        })
      } finally {
        await fs.rm(target, { force: true }).catch(() => {})
      }
    })
  }

  /** Refuses if the file would take room that the program may need, on the disk or in memory. */
  async #checkRoom() {
    const needed = FILE_PER_HEAP * memoryUsage().heapUsed
    const disk = await fs.statfs(this.#folder).catch(() => null)
    if (disk === null) return
    if (needed > disk.bavail * disk.bsize) {
      throw inert.refusal(`there is too little space in ${this.#folder}`, 'ERR_FILE_DISK_FULL')
    }
    const memory = (process.availableMemory?.() ?? os.freemem()) * this.#memoryShare
    if (IN_MEMORY.has(disk.type) && needed > memory) {
      const reason = `files in ${this.#folder} are in memory, and too little is free`
      throw inert.refusal(reason, 'ERR_CAPTURE_NO_MEMORY')
    }
  }
}

module.exports = { LiveSnapshots }
