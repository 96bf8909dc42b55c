'use strict'

/**
 * The format between JavaScript and the native part: every structure crosses as one JSON text, in both directions.
 * src/binding/json.rs is the other side and explains why.
 */

/** Replaces unpaired surrogates, which Rust does not accept in JSON. */
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
