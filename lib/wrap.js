'use strict'

/**
 * Breaks a text at spaces.
 *
 * @param {string} text
 * @param {number} width
 * @returns {string[]} lines that are no longer than `width`, unless a word is
 */
function wrap(text, width) {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

module.exports = { wrap }
