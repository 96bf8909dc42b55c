'use strict'

const assert = require('node:assert/strict')
const { describe, it } = require('node:test')
const { version } = require('../package.json')
const { runNode } = require('./support/program')

const seep = (args, options) => runNode(['bin/seep.js', ...args], options)

describe('seep', () => {
  it('says its version and how it is used', async () => {
    assert.deepEqual(await seep(['--version']), {
      code: 0,
      signal: null,
      stdout: `${version}\n`,
      stderr: ''
    })
    assert.match((await seep(['--help'])).stdout, /seep run/)
  })

  it('leaves with 2 when it does not understand', async () => {
    for (const args of [[], ['dance'], ['run'], ['run', '--fast', '--', 'node']]) {
      const { code, stdout, stderr } = await seep(args)
      assert.deepEqual({ code, stdout }, { code: 2, stdout: '' })
      assert.match(stderr, /^seep/)
    }
  })
})

describe('seep run', () => {
  const program = 'console.log(process.argv.slice(1).join()); process.exitCode = 7'

  it('runs a program with the detector on, and ends as it does', async () => {
    const { code, stdout } = await seep(
      [
        'run',
        '--',
        process.execPath,
        '-e',
        `${program}; console.log(Symbol.for('seep.registered') in globalThis)`,
        'a',
        '--b'
      ],
      { env: { SEEP_ENABLED: '0' } }
    )
    assert.deepEqual({ code, stdout }, { code: 7, stdout: 'a,--b\ntrue\n' })
  })

  it('keeps the NODE_OPTIONS that were there', async () => {
    const { stdout } = await seep(['run', '--', process.execPath, '-p', 'process.title'], {
      env: { SEEP_ENABLED: '0', NODE_OPTIONS: '--title=mine' }
    })
    assert.equal(stdout, 'mine\n')
  })

  it('says so when the program cannot be started', async () => {
    const { code, stderr } = await seep(['run', '--', './no-such-program'])
    assert.equal(code, 127)
    assert.match(stderr, /no-such-program cannot be started/)
  })
})
