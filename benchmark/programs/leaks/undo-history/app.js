'use strict'
// An editor that can undo for ever: each revision points to the one before, so that the list grows in depth and its
// holder has one reference only, ever.
class Revision {
  constructor(before, change) {
    this.before = before
    this.change = change
  }
}

class Editor {
  constructor() {
    this.current = new Revision(null, { at: 0, removed: '', inserted: '' })
    this.length = 0
  }

  apply(at, inserted) {
    this.current = new Revision(this.current, { at, removed: '', inserted: inserted + at })
    this.length += inserted.length
  }
}

const editor = new Editor()

module.exports = {
  name: 'undo-history',
  kind: 'linked-list',
  source: 'pattern: unlimited undo',
  packages: {},
  verify: { n: 1200, warmup: 3, rounds: 10 },
  async setup() {
    return {}
  },
  async step(_ctx, n) {
    for (let i = 0; i < n; i++) editor.apply(editor.length, 'abc')
  },
  async teardown() {
    editor.current = null
  },
  expect: {
    leak: true,
    container: 'editor.current (Revision, linked through before)',
    leakedType: 'Revision',
    pathIncludes: ['editor', 'current'],
    allocatedIn: ['Revision', 'apply'],
    bytesPerUnit: 140
  }
}
