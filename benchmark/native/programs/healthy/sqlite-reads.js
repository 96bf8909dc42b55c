'use strict'

module.exports = {
  cause: 'reads of better-sqlite3',
  needs: ['better-sqlite3'],
  expect: { kinds: [], explains: ['waiting', 'fragmentation'] },
  units: 100,
  async setup({ load }) {
    const Database = load('better-sqlite3')
    const db = new Database(':memory:')
    db.exec('CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, body BLOB)')
    const insert = db.prepare('INSERT INTO items (name, body) VALUES (?, ?)')
    for (let i = 0; i < 2000; i++) insert.run(`item ${i}`, Buffer.alloc(1000, i))
    return { read: db.prepare('SELECT * FROM items WHERE id > ? LIMIT 20'), next: 0 }
  },
  async work(context, n) {
    for (let i = 0; i < n; i++) context.read.all((context.next++ * 37) % 2000)
  }
}
