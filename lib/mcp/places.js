'use strict'

/** Places in the source, as an agent can open them. */

const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { declaredLine } = require('./declared')
const { NAME } = require('./limits')
const { name, visible } = require('./names')

/** Cuts at the front: the end of a path says more. */
function cutFront(text, most) {
  const characters = [...text]
  return characters.length <= most ? text : `…${characters.slice(1 - most).join('')}`
}

class Places {
  #roots

  /** @param {import('./roots').Roots} roots */
  constructor(roots) {
    this.#roots = roots
  }

  /** Returns `src/app.js:12`, below the folder that contains it; undefined if there is no file. */
  of(location) {
    if (location?.file == null) return undefined
    const { file, line } = location
    const local = file.startsWith('file:') ? localPath(file) : file
    const short = path.isAbsolute(local) ? this.#roots.shorten(local) : local
    const escaped = cutFront(visible(short).replaceAll('\n', '\\n'), NAME)
    return line === null ? escaped : `${escaped}:${line}`
  }

  /** Returns a function and its place; undefined if it is not known. */
  frame(frame) {
    if (frame == null) return undefined
    const called = name(frame.functionName ?? '(anonymous)')
    const at = this.of(frame)
    return at === undefined ? called : `${called} (${at})`
  }

  /** Returns where the variable at which a path begins is declared; undefined if it begins at none, or nobody knows. */
  async declared(steps) {
    const at = steps.findIndex(({ location }) => location?.file != null)
    const [module, variable] = [steps[at], steps[at + 1]]
    if (at === -1 || variable === undefined || variable.edge.kind !== 'context') return undefined
    const { file } = module.location
    const line = await declaredLine(this.#roots, file, variable.edge.name)
    return line === null ? undefined : this.of({ file, line })
  }
}

function localPath(url) {
  try {
    return fileURLToPath(url)
  } catch {
    return url
  }
}

module.exports = { Places }
