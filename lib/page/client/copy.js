'use strict'

/** Text to the clipboard; where the page is not allowed to (plain http), by selection. */
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
