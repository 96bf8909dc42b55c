'use strict'

// The code that the tests in this folder test: open sessions by their ids.

let nextId = 1

class Session {
  constructor() {
    this.id = nextId++
    this.startedAt = new Date()
    this.basket = { items: [], voucher: null }
  }

  close() {
    // The bug that the tests catch: without this line, every session stays.
    if (process.env.FORGET_TO_DELETE !== '1') open.delete(this.id)
  }
}

/** @type {Map<number, Session>} */
const open = new Map()

function openSession() {
  const session = new Session()
  open.set(session.id, session)
  return session
}

module.exports = { openSession }
