'use strict'

/**
 * A fleet watched by a real Prometheus: three processes of one service, two of
 * them under load. Every query of docs/fleet.md is asked there, and answered.
 */

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, it } = require('node:test')
const { CONFIGURATION, Fleet, hasPrometheus } = require('./support/fleet')
const { lacking } = require('./support/lacking')
const { ROOT } = require('./support/program')

const docs = fs.readFileSync(path.join(ROOT, 'docs', 'fleet.md'), 'utf8')
const blocks = (language) => {
  return [...docs.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text)
}

describe('docs/fleet.md', () => {
  it('shows the configuration of examples/fleet as it is', () => {
    const files = ['prometheus.yml', 'alerts.yml'].map((name) => {
      return fs.readFileSync(path.join(CONFIGURATION, name), 'utf8')
    })
    assert.deepEqual(blocks('yaml'), files)
  })
})

const missing = lacking(
  !hasPrometheus() && 'Prometheus is not installed (Debian: apt-get install prometheus)'
)

describe('a fleet under Prometheus', { skip: missing, timeout: 600_000 }, () => {
  const fleet = new Fleet()
  const ofFleet = (expression) => fleet.query(expression)

  before(() => fleet.start({ scrapeSeconds: 1 }))
  after(() => fleet.stop())

  it('has one leak, by one fingerprint, in the two processes that are used', async () => {
    const leaks = 'seep_leak_growth_bytes_per_hour{items="Session",container="sessions"}'
    await fleet.until(async () => (await ofFleet(leaks)).length === 2)
    const series = await ofFleet(leaks)
    assert.equal(new Set(series.map(({ metric }) => metric.fingerprint)).size, 1)
    assert.equal(new Set(series.map(({ metric }) => metric.instance)).size, 2)
    for (const { value } of series) assert.ok(Number(value[1]) > 0)
  })

  it('raises one alert for it, not one for each process', async () => {
    let alerts = []
    await fleet.until(async () => {
      alerts = (await fleet.alerts()).filter(({ labels }) => labels.alertname === 'MemoryLeak')
      return alerts.length > 0
    })
    assert.equal(alerts.length, 1)
    assert.match(alerts[0].annotations.summary, /^Session accumulates in sessions \(shop\), .*B an/)
  })

  it('answers every query of the documentation', async () => {
    const queries = blocks('promql').map((text) => text.trim())
    assert.ok(queries.length >= 5)
    for (const query of queries) {
      let result = []
      await fleet.until(async () => {
        result = await ofFleet(query)
        return result.length > 0
      })
      assert.ok(Number.isFinite(Number(result[0].value[1])), query)
    }
  })

  it('has rules that Prometheus accepts', () => {
    for (const args of [
      ['check', 'config', path.join(CONFIGURATION, 'prometheus.yml')],
      ['check', 'rules', path.join(CONFIGURATION, 'alerts.yml')]
    ]) {
      const { status, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
    }
  })
})
