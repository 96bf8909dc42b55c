'use strict'

/**
 * Where a variable is declared. V8 says on which line a function or class begins, but of a plain variable only the file;
 * if that may be read, the line is looked up in it.
 */

const fs = require('node:fs/promises')
const { fileURLToPath } = require('node:url')

/** Bundles of a program are larger, and their lines say nothing. */
const MOST_BYTES = 1_000_000
const MOST_LINE = 500
const COMMENT = /^\s*(?:\/\/|\/?\*)/

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

function pathOf(file) {
  return file.startsWith('file:') ? fileURLToPath(file) : file
}

/** Matches a line that declares a variable, alone, in a list, by destructuring or as an import. */
function declaration(variable) {
  const name = variable.replaceAll('$', '\\$')
  const keyword = '(?:const|let|var|class|function\\*?|import|using)'
  const first = `(?:[^=;]*[^\\w$.])?${name}(?![\\w$])`
  const later = `.*,\\s*${name}\\s*=(?![=>])`
  return new RegExp(`(?:^|[^\\w$.])${keyword}\\s(?:${first}|${later})`, 'u')
}

/**
 * Returns the line, counted from 1, or null.
 *
 * @param {import('./roots').Roots} roots
 */
async function declaredLine(roots, file, variable) {
  if (file === null || !NAME.test(variable ?? '')) return null
  try {
    const real = await fs.realpath(pathOf(file))
    const stats = await fs.stat(real)
    if (!roots.has(real) || !stats.isFile() || stats.size > MOST_BYTES) return null
    const lines = (await fs.readFile(real, 'utf8')).split('\n')
    const pattern = declaration(variable)
    const at = lines.findIndex((line) => {
      return line.length <= MOST_LINE && !COMMENT.test(line) && pattern.test(line)
    })
    return at === -1 ? null : at + 1
  } catch {
    // The file is elsewhere, or was never there: the snapshot may be from another machine.
    return null
  }
}

module.exports = { declaredLine }
