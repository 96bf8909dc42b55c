'use strict'

/**
 * Creates one object of each kind that a walk reads, for the self-check: the result of
 * reading each is compared with what is known here. The order is that of `Made` in
 * src/walk/probes.rs.
 */

const TEXT = 'seep probes text'

class SeepProbe {
  #secret
  constructor(held) {
    this.alpha = held
    this.#secret = held
  }

  /** Uses the field, so that it is not optimized away. */
  get secret() {
    return this.#secret
  }
}

function makeClosure(captured) {
  return function seepProbe() {
    return captured
  }
}

/** Returns a string that V8 represents as a rope: too long to be copied, and not known at compile time. */
function makeRope() {
  const half = TEXT.length / 2
  return [TEXT.slice(0, half), TEXT.slice(half)].reduce((left, right) => left + right)
}

/** Returns an object with more properties than its four in-object slots. Computed names would make it a dictionary. */
function makeWide(held) {
  const wide = {}
  wide.p0 = held
  wide.p1 = held
  wide.p2 = held
  wide.p3 = held
  wide.p4 = held
  wide.p5 = held
  wide.p6 = held
  wide.p7 = held
  return wide
}

function makeDictionary(held) {
  const dictionary = { gone: held, kept: held }
  delete dictionary.gone
  return dictionary
}

function makeBuffer() {
  // The length differs from the maximum length.
  const buffer = new ArrayBuffer(4104, { maxByteLength: 8192 })
  // "seep" as one machine word.
  new BigUint64Array(buffer)[0] = 0x73656570n
  return buffer
}

/** @returns {unknown[]} */
function makeProbes() {
  const held = { held: 1 }
  const key = { key: 1 }
  const closure = makeClosure(held)
  const buffer = makeBuffer()
  return [
    undefined,
    null,
    true,
    false,
    Symbol.toStringTag,
    { constructor: 1 },
    new WeakMap([[key, held]]),
    // biome-ignore lint/suspicious/noSparseArray: the gap is what is probed
    [held, , held],
    Array,
    held,
    key,
    new SeepProbe(held),
    closure,
    makeWide(held),
    makeDictionary(held),
    new Map([[1, held]]),
    TEXT,
    makeRope(),
    buffer,
    new Uint8Array(buffer),
    closure.bind(held),
    {
      get reading() {
        return held
      }
    },
    { [Symbol('seep')]: held },
    Promise.resolve(held),
    new WeakRef(held)
  ]
}

module.exports = { makeProbes }
