'use strict'

/** The workflows of GitHub agree with the package. */

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, it } = require('node:test')
const yaml = require('js-yaml')
const manifest = require('../package.json')
const { ROOT } = require('./support/program')

const workflow = (name) => {
  return yaml.load(fs.readFileSync(path.join(ROOT, '.github', 'workflows', name), 'utf8'))
}
const targets = [...manifest.napi.targets].sort()

describe('release.yml', () => {
  const { jobs } = workflow('release.yml')

  it('builds every target, and tests it on every Node', () => {
    const { include } = jobs.build.strategy.matrix
    assert.deepEqual(include.map(({ target }) => target).sort(), targets)
    const tested = ['test', 'test-musl'].flatMap((name) => {
      const { node, platform } = jobs[name].strategy.matrix
      assert.deepEqual(node, [20, 22, 24, 26])
      return platform.map(({ target }) => target)
    })
    assert.deepEqual(tested.sort(), targets)
  })

  it('publishes tags only, after the tests', () => {
    assert.match(jobs.publish.if, /startsWith\(github\.ref, 'refs\/tags\/v'\)/)
    assert.deepEqual(jobs.publish.needs, ['test', 'test-musl'])
  })

  it('runs scripts that there are', () => {
    const commands = Object.values(jobs).flatMap(({ steps }) => steps.map(({ run }) => run ?? ''))
    const names = commands.flatMap((text) => [...text.matchAll(/npm run ([\w:]+)/g)])
    assert.ok(names.length >= 3)
    for (const [, name] of names) assert.ok(name in manifest.scripts, name)
  })
})
