'use strict'

/** Copies text to the clipboard; by selection where the clipboard is not available (plain HTTP). */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'visually-hidden'
    area.setAttribute('aria-hidden', 'true')
    const focused = document.activeElement
    document.body.append(area)
    area.select()
    const isCopied = document.execCommand('copy')
    area.remove()
    focused?.focus()
    return isCopied
  }
}

module.exports = { copy }
