'use strict'
// A statement is prepared for each request, because its text has the tenant in it, and kept to be used again.

const statements = new Map()

module.exports = {
  cause: 'statements of better-sqlite3 kept',
  needs: ['better-sqlite3'],
  expect: { kinds: ['allocations', 'external'], leak: ['statements'] },
  units: 150,
  async setup({ load }) {
    const Database = load('better-sqlite3')
    const db = new Database(':memory:')
    const columns = Array.from({ length: 40 }, (_, i) => `field_${i} TEXT`)
    db.exec(`CREATE TABLE orders (id INTEGER PRIMARY KEY, ${columns.join(', ')})`)
    db.exec('INSERT INTO orders (id) VALUES (1)')
    return { db, next: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) {
      const text = `SELECT * FROM orders WHERE id = 1 AND id < ${1000 + context.next++}`
      const statement = context.db.prepare(text)
      statements.set(text, statement)
      statement.get()
    }
  }
}
