'use strict'

const assert = require('node:assert/strict')
const { afterEach, beforeEach, describe, it, mock } = require('node:test')
const { showProgress } = require('../lib/cli/progress')
const { table } = require('../lib/cli/table')

describe('table', () => {
  const head = ['class', 'count', 'own']
  const rows = [
    ['a'.repeat(50), 17, '1.5 MiB'],
    ['Map', 123456, '2 B']
  ]

  it('fits the terminal by cutting names, not figures', () => {
    for (const columns of [40, 55, 80]) {
      const lines = table(head, rows, columns).split('\n')
      assert.ok(lines.every((line) => line.length <= columns))
      assert.match(lines[1], / 17 {2}1\.5 MiB$/)
      assert.match(lines[2], /^Map +123456 +2 B$/)
      assert.equal(lines[1].includes('…'), columns < 67)
    }
  })

  it('keeps names to sixty characters where there is no terminal, and to twelve in a tiny one', () => {
    const name = (columns) => table(['n'], [['b'.repeat(99)]], columns).split('\n')[1]
    assert.equal(name(undefined).length, 59)
    assert.equal(name(1).length, 11)
  })
})

describe('showProgress', () => {
  let written
  const describe = () => '7 MB read'
  const stream = (isTTY) => ({ isTTY, write: (text) => written.push(text) })

  beforeEach(() => {
    written = []
    mock.timers.enable({ apis: ['setInterval'] })
  })
  afterEach(() => mock.timers.reset())

  it('shows nothing for the first second, then how far it is, and cleans up', () => {
    let share = 0.25
    const end = showProgress(() => share, describe, stream(true))
    mock.timers.tick(1000)
    assert.deepEqual(written, [])
    mock.timers.tick(100)
    assert.match(written.at(-1), /\[#{8}\.{22}\] 25 % read$/)
    share = 1
    mock.timers.tick(100)
    assert.match(written.at(-1), /\[#{30}\] measuring$/)
    end()
    assert.equal(written.at(-1), '\r\u001b[K')
    const { length } = written
    mock.timers.tick(5000)
    assert.equal(written.length, length)
  })

  it('says how much it has read where nobody knows how much there is', () => {
    const end = showProgress(() => -1, describe, stream(true))
    mock.timers.tick(1100)
    assert.equal(written.at(-1), '\r\u001b[K7 MB read')
    end()
  })

  it('writes nothing for short work, nor where there is no terminal', () => {
    const endShort = showProgress(() => 0, describe, stream(true))
    mock.timers.tick(500)
    endShort()
    const endElsewhere = showProgress(() => 0, describe, stream(false))
    mock.timers.tick(5000)
    endElsewhere()
    assert.deepEqual(written, [])
  })
})
