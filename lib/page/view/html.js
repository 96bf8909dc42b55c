'use strict'

/**
 * Creates HTML in which every value is escaped unless it is already HTML.
 *
 * The names on a page come from the heap of a running program, so anyone who can
 * choose the name of a property there can put text here. HTML is therefore never
 * concatenated by hand.
 */

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

class Html {
  constructor(text) {
    this.text = text
  }

  toString() {
    return this.text
  }
}

function escaped(value) {
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character])
}

function textOf(value) {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(textOf).join('')
  if (value === null || value === undefined || value === false) return ''
  return escaped(value)
}

/** Template tag: html`<b>${name}</b>`. */
function html(strings, ...values) {
  return new Html(strings.reduce((text, string, i) => text + textOf(values[i - 1]) + string))
}

/** Returns JSON for a `script` element; no text in it can end the element. */
function jsonScript(value) {
  const escapes = { '<': '\\u003c', '\u2028': '\\u2028', '\u2029': '\\u2029' }
  return new Html(JSON.stringify(value).replace(/[<\u2028\u2029]/g, (it) => escapes[it]))
}

/** Marks the styles and scripts of this package as HTML. */
function trusted(text) {
  return new Html(text)
}

module.exports = { Html, html, jsonScript, trusted }
