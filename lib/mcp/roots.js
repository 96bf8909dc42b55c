'use strict'

/** The folders whose files may be read. */

const fs = require('node:fs/promises')
const path = require('node:path')
const { withCode } = require('../errors')
const { refusal } = require('./errors')
const { cut } = require('./names')

function refused(message, code) {
  return withCode(new Error(message), code)
}

function isInside(file, folder) {
  const relative = path.relative(folder, file)
  return relative === '' || !(relative.split(path.sep)[0] === '..' || path.isAbsolute(relative))
}

/** Resolves symbolic links of what exists of a path; what does not exist cannot be one. */
async function realpath(file) {
  const missing = []
  for (let it = file; ; it = path.dirname(it)) {
    try {
      return { file: path.join(await fs.realpath(it), ...missing), exists: missing.length === 0 }
    } catch (error) {
      if (error.code !== 'ENOENT' || it === path.dirname(it)) throw error
      missing.unshift(path.basename(it))
    }
  }
}

class Roots {
  #folders

  /** @param {string[]} folders without symbolic links */
  constructor(folders) {
    this.#folders = folders
  }

  /** @param {string[]} folders as named by the person who starts the server */
  static async of(folders) {
    const real = await Promise.all(
      folders.map(async (folder) => {
        const it = await fs.realpath(folder).catch(() => null)
        if (it !== null && (await fs.stat(it)).isDirectory()) return it
        throw refused(`--root must be a folder that exists, not "${folder}"`, 'ERR_USAGE')
      })
    )
    return new Roots(real)
  }

  has(file) {
    return this.#folders.some((folder) => isInside(file, folder))
  }

  /** Returns a path as it is below the folder that contains it. */
  shorten(file) {
    const folder = this.#folders.find((it) => isInside(file, it))
    return folder === undefined ? file : path.relative(folder, file)
  }

  /**
   * Returns the path of a regular file without symbolic links. A relative path is below the first folder that has such a
   * file. Says of what is outside only that it is.
   */
  async file(given) {
    const shown = cut(given, 200)
    const outside = () =>
      refused(
        `${shown} is outside the folders that may be read (${this.#folders.join(', ')}). ` +
          'Next: use a file below them, or ask the person to start seep mcp with --root FOLDER',
        'ERR_FILE_OUTSIDE'
      )
    if (given.includes('\0')) throw outside()
    for (const folder of this.#folders) {
      const found = await realpath(path.resolve(folder, given)).catch(() => null)
      if (found === null || !this.has(found.file)) throw outside()
      if (!found.exists) continue
      const stats = await fs.stat(found.file)
      if (stats.isFile()) return found.file
      throw refused(`${shown} is not a regular file. Next: name a snapshot file`, 'ERR_FILE_OS')
    }
    throw refused(
      `${shown}: there is no such file in ${this.#folders.join(' or ')}. Next: check the name`,
      'ERR_FILE_OS'
    )
  }

  /** Returns these paths of files, each once. */
  async files(given) {
    const files = []
    for (const it of given) {
      const file = await this.file(it)
      if (files.includes(file)) {
        throw refusal(`${cut(it, 200)} is named twice. Next: name different files, oldest first`)
      }
      files.push(file)
    }
    return files
  }
}

module.exports = { Roots }
