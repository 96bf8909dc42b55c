'use strict'

/**
 * The dialect between JavaScript and the native part: every structure crosses as one JSON text, in and out. src/binding/json.rs
 * is the other side and says why.
 */

/** Half of a surrogate pair, which is no character, is not JSON to Rust. */
function wellFormed(_key, value) {
  return typeof value === 'string' ? value.toWellFormed() : value
}

/** @param {object} structure a request */
function toNative(structure) {
  return JSON.stringify(structure, wellFormed)
}

/** @param {string} text an answer or an event */
function fromNative(text) {
  return JSON.parse(text)
}

module.exports = { fromNative, toNative }
