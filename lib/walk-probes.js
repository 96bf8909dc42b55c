'use strict'

/**
 * One object of each sort that the walk of the heap reads, with nothing left to
 * chance: what it would say of each is compared with what is known here. The
 * order is that of `Made` in src/walk/probes.rs.
 */

const TEXT = 'seep probes text'

class SeepProbe {
  #secret
  constructor(held) {
    this.alpha = held
    this.#secret = held
  }

  /** So that nothing takes the field away. */
  get secret() {
    return this.#secret
  }
}

function makeClosure(captured) {
  return function seepProbe() {
    return captured
  }
}

/** Long enough not to be copied, and joined where nothing can know the result. */
function makeRope() {
  const half = TEXT.length / 2
  return [TEXT.slice(0, half), TEXT.slice(half)].reduce((left, right) => left + right)
}

/** Room for four is in the object; written out, since computed names make a dictionary. */
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
  // Whose length is not the most that it may have.
  const buffer = new ArrayBuffer(4104, { maxByteLength: 8192 })
  // "seep", as one word of the machine.
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
