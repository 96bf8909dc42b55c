'use strict'

// What the tests beside this test: sessions that are open, by their id.

let nextId = 1

class Session {
  constructor() {
    this.id = nextId++
    this.startedAt = new Date()
    this.basket = { items: [], voucher: null }
  }

  close() {
    // The bug that the tests are for: forget this line, and every session stays.
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
